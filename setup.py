"""Builds the native kernels where there is a C compiler; everything else is in pyproject.toml.

Without a compiler the installation goes on: PyTorch then computes what the kernels would, and
`homewit doctor` says so.
"""

import importlib.util
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

FOLDER = Path("llm/kernels")


def load_sources():
    """`llm/kernels/sources.py` as a module, without importing the package."""
    spec = importlib.util.spec_from_file_location("kernel_sources", FOLDER / "sources.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sources = load_sources()
native = FOLDER / "native"


class BuildKernels(build_ext):
    """A plain shared library that ctypes opens: no interpreter's tag in its name."""

    def get_ext_filename(self, fullname):
        return str(Path(*fullname.split(".")[:-1]) / sources.LIBRARY)


class PlatformWheel(bdist_wheel):
    """The library depends on the platform, and on no version of Python."""

    def get_tag(self):
        return ("py3", "none", super().get_tag()[2])


kernels = Extension(
    "homewit.llm.kernels._native",
    sources=[path.as_posix() for path in sources.compiled(native)],
    depends=[path.as_posix() for path in native.glob("*.h")],
    define_macros=[("HOMEWIT_DIGEST", f'"{sources.digest(native)}"')],
    extra_compile_args=list(sources.COMPILE_FLAGS),
    extra_link_args=list(sources.LINK_FLAGS),
    optional=True,
)

setup(ext_modules=[kernels], cmdclass={"build_ext": BuildKernels, "bdist_wheel": PlatformWheel})
