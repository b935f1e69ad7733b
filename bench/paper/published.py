"""The times that were published for the prototype. Data only; its sizes stand in swarm/images_paper.py.

Islam et al., "Docker Enabled Virtualized Nanoservices for Local IoT Edge Networks", Figures 6 and 7, Table V. Seconds. Its
machines were Raspberry Pi 3B+ (presence, controller, scanner, meeting), an older one (guidance) and an i3 laptop (auth).
"""

CITATION = "Islam, Harjula, Kumar, Karhula, Ylianttila: Docker Enabled Virtualized Nanoservices for Local IoT Edge Networks"
_WORDS = ("presence", "controller", "scanner", "auth", "guidance", "meeting")  # in the paper: PD MCS BS AE UG MRS


def _row(*seconds: float) -> dict[str, tuple[float, float]]:
    return {word: (one, one) for word, one in zip(_WORDS, seconds, strict=True)}


DEPLOYMENT = {
    "official": _row(133, 175, 151, 322, 131, 161),
    "alpine": _row(82, 121, 78, 165, 67, 88),
    "multistage": _row(54, 52, 56, 65, 59, 53),
}
BASE_PRESENT = (0.5, 0.6)  # of a deployment's time, with the base image present: "40 to 50 % less"
INITIATION = {
    "official": _row(13, 15, 14, 95, 11, 14),
    "alpine": _row(6, 5, 5, 84, 4, 6),
    "multistage": dict.fromkeys(_WORDS, (2.0, 4.0)),
}
PRESENCE = (1.95, 0.447, 20)  # mean, variance, n
AUTHENTICATION = (2.75, 0.487, 20)
SWARM_DISK_MB = 96.0


def beside(table: dict[str, dict[str, tuple[float, float]]], variant: str, word: str) -> tuple[float, float] | None:
    """Of `slim`, which the paper does not have, what it had for its smallest."""
    return table.get("multistage" if variant == "slim" else variant, {}).get(word)
