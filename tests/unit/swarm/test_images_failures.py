"""Why a build failed, in a sentence that says what to do; else in the words of the step that failed."""

import pytest

from swarm import images_failures
from swarm.images import Kind

KIND = Kind("slim", "arm", "amd64")
FAILED = """#9 [libraries 2/3] COPY
#9 DONE 0.1s
#11 [libraries 3/3] RUN python3 -m pip install
#11 0.301 an earlier line
#7 0.400 of another step
#11 2.506 SAID
#11 ERROR: executor failed running [/bin/sh -c ...]: exit code: 1
------
executor failed running [/bin/sh -c ...]: exit code: 1"""
PIP = "ERROR: No matching distribution found for cryptography==49.0.0"
RETRY = "WARNING: Retrying after connection broken by 'NewConnectionError(...)': /simple/aiocoap/"


def why(text: str, otherwise: str = "it ended") -> str:
    return images_failures.why("auth", KIND, text.splitlines(), otherwise)


def test_progress_is_the_stage_and_its_step() -> None:
    assert images_failures.step_of("#11 [libraries 3/3] RUN python3") == "libraries 3/3"
    assert images_failures.step_of("#11 [stage-4  1/3] COPY") == "stage-4 1/3"
    assert images_failures.step_of("#11 DONE 5.9s") is None


def test_why_is_what_the_failed_step_said_and_no_other() -> None:
    assert why(FAILED) == "auth cannot be built: an earlier line\nSAID"


def test_without_a_failed_step_it_is_what_docker_said() -> None:
    assert (
        why("#9 DONE 0.1s", "`docker build` failed: nobody knows")
        == "auth cannot be built: `docker build` failed: nobody knows"
    )


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk of the engine is full; prune"),
        (PIP, "there is no wheel of cryptography==49.0.0 for arm on this base, or the package index is out of reach; pin"),
        (f"{RETRY}\n#11 3.0 {PIP}", "the package index does not answer; is this machine online"),
        ("exec /usr/local/bin/python3: exec format error", "apt-get install qemu-user-static"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("error: command 'gcc' failed: No such file or directory", "has no wheel for arm and would have to be compiled"),
        ("  ERROR: Failed building wheel for dbus-fast", "dbus-fast has no wheel for arm"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "its hash differs"),
    ],
)
def test_known_failures_say_what_to_do(said: str, remedy: str) -> None:
    told = why(FAILED.replace("SAID", said))
    assert told.startswith("auth cannot be built: ") and remedy in told


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("write /var/lib/docker/tmp/x: no space left on device", "docker system df"),
        ("ERROR: BuildKit is enabled but the buildx component is missing or broken.", "apt-get install docker-buildx"),
        ("failed to solve: target stage slim could not be found", "has no stage called slim"),
    ],
)
def test_what_fails_before_any_step_says_what_to_do_too(said: str, remedy: str) -> None:
    assert remedy in why("", f"`docker build` failed: {said}")
