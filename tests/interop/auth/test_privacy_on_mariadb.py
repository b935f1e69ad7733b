"""tests/unit/auth/test_privacy.py once more, word by word, on a MariaDB."""

import pytest

from tests.unit.auth.test_privacy import *  # noqa: F403

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("on_mariadb")]
