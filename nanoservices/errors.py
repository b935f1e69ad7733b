"""What can go wrong, whose fault it was, and the CoAP response it becomes.

Every error says what, which and what to do in its text. `code` is the CoAP response code (RFC 7252 section 5.9) that
`coap.py` answers with when a handler raises it; `status` is the same for HTTP.
"""


class NanoError(Exception):
    """Root of the kit's own errors; as it stands, our own fault."""

    code = "5.00"
    status = 500


class SettingsError(NanoError, ValueError):
    """The configuration cannot be used. `problems` holds every one of them, not just the first."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


class PayloadError(NanoError, ValueError):
    """A payload that does not have the shape its resource asks for: the sender's fault."""

    code = "4.00"
    status = 400


class ManyWrong(PayloadError):
    """Several things at once. `problems` holds each as `field: why`."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


class NotAllowed(NanoError, PermissionError):
    """The caller's credential is missing, wrong, or not enough."""

    code = "4.01"
    status = 401


class Forbidden(NanoError, PermissionError):
    """The caller is known, and may not do this."""

    code = "4.03"
    status = 403


class NotFound(NanoError, LookupError):
    """There is no such thing here."""

    code = "4.04"
    status = 404


class WrongMethod(NanoError):
    """There is such a thing, and this cannot be done to it; `allowed` can."""

    code = "4.05"
    status = 405

    def __init__(self, text: str, allowed: tuple[str, ...]):
        self.allowed = allowed
        super().__init__(text)


class TooLarge(NanoError):
    """More bytes than are taken."""

    code = "4.13"
    status = 413


class Conflict(NanoError):
    """Right by itself, but it contradicts what is there already."""

    code = "4.09"
    status = 409


class Changed(NanoError):
    """It is not, or no more, what the caller believes it to be."""

    code = "4.12"
    status = 412


class Over(NanoError):
    """It has been, and has been ended for good."""

    code = "4.12"
    status = 410


class Unavailable(NanoError):
    """Cannot be answered now (a database, an adapter, a peer is away); may be asked again after `retry_s` seconds."""

    code = "5.03"
    status = 503

    def __init__(self, text: str, retry_s: float = 1.0):
        self.retry_s = retry_s
        super().__init__(text)


class PortTaken(NanoError, OSError):
    """Another process has the port that this service was told to use."""


class PeerError(NanoError):
    """A peer did not do what it was asked. `peer` names it as `word@node` or by its address."""

    def __init__(self, peer: str, text: str):
        self.peer = peer
        super().__init__(f"{peer}: {text}")


class PeerSilent(PeerError, TimeoutError):
    """No answer within the budget, no such name, or nobody listens there."""


class PeerRefused(PeerError):
    """The peer answered, and said no. `answer_code` is its CoAP code, as in `4.04`."""

    def __init__(self, peer: str, answer_code: str, reason: str):
        self.answer_code = answer_code
        super().__init__(peer, f"{answer_code} {reason}".strip())
