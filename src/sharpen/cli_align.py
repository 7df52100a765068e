"""The verbs of SelfCodeAlign, one thin function each: ``sharpen align VERB``."""

from cyclopts import App

align_app = App(name="align", help="Make fine-tuning data from a model's own answers (arXiv 2410.24198).")
