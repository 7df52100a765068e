"""SelfCodeAlign (arXiv 2410.24198): a model writes its own fine-tuning data, filtered by running it."""
