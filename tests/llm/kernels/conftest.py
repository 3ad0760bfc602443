"""Every test of a kernel runs at every level that this processor has; without a build it is skipped."""

from collections.abc import Iterator

import pytest

from homewit.llm.kernels import library

AVAILABLE = library.available()
LEVELS = library.levels() if AVAILABLE else ["none"]


@pytest.fixture(params=LEVELS)
def level(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of the level that runs during the test."""
    if not AVAILABLE:
        pytest.skip("the native kernels are not built here")
    before = library.level()
    library.use(request.param)
    yield request.param
    library.use(before)
