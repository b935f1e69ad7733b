"""tests/unit/auth/test_web.py once more on a MariaDB, but for what is refused before a database is asked."""

import pytest

from tests.unit.auth.test_web import *  # noqa: F403

for name in [name for name in globals() if name.startswith("test_") and ("refused" in name or "nobody_gets_in" in name)]:
    del globals()[name]

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("on_mariadb")]
