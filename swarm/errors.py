"""What can go wrong in the manager, and the exit code it becomes: 1 failed, 2 wrong input and nothing changed."""


class SwarmError(Exception):
    """Root of the manager's own errors. Its text says what, which, why and what to do."""

    exit_code = 1


class InputError(SwarmError, ValueError):
    """What the admin gave cannot be used. `problems` holds every one; nothing has been changed."""

    exit_code = 2

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


class LabelsError(InputError):
    """A labels.yml (or another YAML file) that cannot be used."""


class DemoError(SwarmError):
    """The demo could not be started, or did not go as it should."""


class ApiError(SwarmError):
    """auth's REST said no, or did not answer."""


class LabError(SwarmError):
    """The lab could not be built, or could not be taken down."""


class DeployError(SwarmError):
    """The room was deployed, and not all of it runs; or somebody else was deploying too."""


class BackupError(DeployError):
    """A backup could not be made, is damaged, or does not prove what it should."""


class EngineError(SwarmError):
    """A Docker engine said no, with the HTTP status that it has for it, or did not answer."""

    def __init__(self, text: str, status: int | None = None):
        self.status = status
        super().__init__(text)


class DockerError(SwarmError):
    """The docker program is not there, or said no."""


class BudgetError(SwarmError):
    """An image is larger than it may be."""


class NodeError(SwarmError):
    """A machine could not be set up, or did not answer."""
