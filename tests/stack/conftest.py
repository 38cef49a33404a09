import pytest

from tests.site import running_site


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    with running_site(tmp_path_factory.mktemp("home")) as site:
        yield site
