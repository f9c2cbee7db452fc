from tests.demo.conftest import small_demo

__all__ = ["small_demo"]
