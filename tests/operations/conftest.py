from tests.pages.conftest import ask, make

__all__ = ["ask", "make"]
