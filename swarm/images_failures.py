"""What went wrong in a build, from what BuildKit said of it, and what to do about it. Pure."""

import re
from collections.abc import Callable, Iterable

from swarm.images import Kind

_FAILED = re.compile(r"#(?P<n>\d+) ERROR")
_SAID = re.compile(r"#(?P<n>\d+) \d+\.\d+ (?P<text>.*)")
_STEP = re.compile(r"#\d+ \[(?P<stage>\S+) +(?P<step>\d+/\d+)\]")
_MOST_LINES = 8
_DISK = "prune what is unused with: docker image prune; docker builder prune; see what takes it with: docker system df"


def step_of(line: str) -> str | None:
    """Where a build is, from a line of BuildKit's: `libraries 3/3`."""
    found = _STEP.match(line)
    return f"{found['stage']} {found['step']}" if found else None


def why(word: str, kind: Kind, lines: Iterable[str], otherwise: str) -> str:
    """Why it cannot be built: a sentence for what is known to happen, else what the step that failed said."""
    lines = list(lines)
    said = _said(lines)
    text = "\n".join([said, *lines[-_MOST_LINES:], otherwise])
    for pattern, sentence in _KNOWN:
        if found := re.search(pattern, text, re.IGNORECASE):
            return f"{word} cannot be built: {sentence(found, kind.arch)}"
    if re.search(r"target stage .*could not be found", text):
        return f"{word} cannot be built: dockerfiles/Dockerfile has no stage called {kind.variant}; is the checkout whole?"
    return f"{word} cannot be built: {said or otherwise}"


def _said(lines: list[str]) -> str:
    failed = [found["n"] for line in lines if (found := _FAILED.match(line))]
    said = [found["text"] for line in lines if (found := _SAID.match(line)) and found["n"] in failed[-1:]]
    return "\n".join(said[-_MOST_LINES:] or (lines[-_MOST_LINES:] if failed else []))


Sentence = Callable[["re.Match[str]", str], str]


def _disk(_found: "re.Match[str]", _arch: str) -> str:
    return f"the disk of the engine is full; {_DISK}"


def _no_wheel(found: "re.Match[str]", arch: str) -> str:
    return (
        f"there is no wheel of {found['package']} for {arch} on this base, or the package index is out of reach; "
        "pin a version that has one in setup.cfg, or build on another base: --base"
    )


def _compiler(found: "re.Match[str]", arch: str) -> str:
    package = found.groupdict().get("package") or "a package"
    return f"{package} has no wheel for {arch} and would have to be compiled; pin a version that has one in setup.cfg"


def _emulation(_found: "re.Match[str]", arch: str) -> str:
    return f"this machine cannot run programs for {arch}; install what can: apt-get install qemu-user-static binfmt-support"


def _no_index(_found: "re.Match[str]", _arch: str) -> str:
    return "the package index does not answer; is this machine online, is https_proxy set if it needs one?"


def _untrusted(_found: "re.Match[str]", _arch: str) -> str:
    return "the package index has a certificate that this machine does not trust; name its authorities' file in PIP_CERT"


def _no_builder(_found: "re.Match[str]", _arch: str) -> str:
    return "this docker program has no BuildKit; install its builder: apt-get install docker-buildx (or docker-buildx-plugin)"


def _hash(_found: "re.Match[str]", _arch: str) -> str:
    return "what the package index gave is not what was pinned (its hash differs); is there a mirror that changes packages?"


_KNOWN: tuple[tuple[str, Sentence], ...] = (
    (r"no space left on device|disk quota exceeded", _disk),
    (r"exec format error", _emulation),
    (r"CERTIFICATE_VERIFY_FAILED", _untrusted),
    (r"THESE PACKAGES DO NOT MATCH THE HASHES", _hash),
    (r"NewConnectionError|Temporary failure in name resolution|Max retries exceeded", _no_index),
    (r"No matching distribution found for (?P<package>\S+)", _no_wheel),
    (r"(?:Failed building wheel for|Failed to build) (?P<package>\S+)", _compiler),
    (r"(?:unable to execute '|command ')(?:gcc|cc)\b", _compiler),
    (r"buildx component is missing or broken|the --mount option requires BuildKit", _no_builder),
)
