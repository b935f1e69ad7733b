"""test_web.py and test_web_contents.py of tests/unit/auth on a MariaDB, but for what is refused before it is asked."""

import pytest

from tests.unit.auth.conftest import *  # noqa: F403
from tests.unit.auth.test_web import *  # noqa: F403
from tests.unit.auth.test_web_contents import *  # noqa: F403

for name in [name for name in globals() if name.startswith("test_") and ("refused" in name or "nobody_gets_in" in name)]:
    del globals()[name]

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("on_mariadb")]
