"""What a registry has, and lists of images for nodes that differ: the little that docker has no words for.

OCI distribution specification 1.1, sections "Pulling manifests" and "Pushing manifests". Without a login, as the kit's own
registry is on the local network; plain HTTP first, as an engine does for a registry that it is told to trust.
"""

import hashlib
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from swarm.engine_images import Content, content_of
from swarm.errors import DockerError

LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
_DOCKER, _OCI = "application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json"
_TLS_WANTED = b"HTTP request to an HTTPS server"  # as a registry (a Go program) says it to plain HTTP, with a 400
_WAIT_S = 10.0
_MOST_BYTES = 4_000_000
_OS: dict[str, dict[str, str]] = {"arm64": {"variant": "v8"}, "arm": {"variant": "v7"}}


@dataclass(frozen=True)
class Manifest:
    digest: str
    kind: str  # its media type
    size: int
    body: dict[str, Any]


def manifest(registry: str, word: str, reference: str) -> Manifest | None:
    """The manifest of one image, by tag or digest; None when the registry has none, or cannot be asked that way."""
    status, headers, data = _ask(registry, "GET", f"{word}/manifests/{reference}", accept=f"{_DOCKER}, {_OCI}")
    if status != http.client.OK:
        return None
    body = _json(data)
    kind = headers.get("content-type", "").partition(";")[0]
    if kind not in (_DOCKER, _OCI) or "config" not in body:
        return None
    return Manifest("sha256:" + hashlib.sha256(data).hexdigest(), kind, len(data), body)


def content(registry: str, word: str, found: Manifest) -> Content | None:
    """What that image holds; None when the registry does not give it."""
    status, _, data = _ask(registry, "GET", f"{word}/blobs/{found.body['config'].get('digest')}")
    told = _json(data) if status == http.client.OK else {}
    layers = (told.get("rootfs") or {}).get("diff_ids")
    return content_of(str(told.get("architecture", "")), layers, told.get("config") or {}) if layers else None


def listing(found: Mapping[str, Manifest]) -> bytes:
    """A list of these manifests, by architecture; always the same text for the same. Pure."""
    manifests = [
        {
            "mediaType": one.kind, "size": one.size, "digest": one.digest,
            "platform": {"architecture": arch, "os": "linux", **_OS.get(arch, {})},
        }
        for arch, one in sorted(found.items())
    ]  # fmt: skip
    return json.dumps({"schemaVersion": 2, "mediaType": LIST, "manifests": manifests}, indent=1).encode()


def push_list(registry: str, word: str, tag: str, digests: Mapping[str, str]) -> str:
    """Put a list of these images (digests in that registry, by architecture) there; its digest."""
    found = {arch: manifest(registry, word, digest) for arch, digest in digests.items()}
    present = {arch: one for arch, one in found.items() if one is not None}
    if missing := sorted(set(found) - set(present)):
        raise DockerError(
            f"{word}: the registry {registry} does not give its image for {', '.join(missing)}, so nodes that differ cannot "
            f"share a list; nanoswarm images push {word} again, or use a registry without a login"
        )
    text = listing(present)
    status, _, data = _ask(registry, "PUT", f"{word}/manifests/{tag}", body=text)
    if status != http.client.CREATED:
        said = data[:200].decode(errors="replace").strip()
        raise DockerError(f"{word}: the registry {registry} does not take a list of its images ({status} {said})")
    return "sha256:" + hashlib.sha256(text).hexdigest()


def _ask(
    registry: str, method: str, path: str, accept: str = "*/*", body: bytes | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in small letters, data. DockerError when nobody answers."""
    headers = {"Accept": accept} | ({"Content-Type": LIST} if body is not None else {})
    said = ""
    for connect in (http.client.HTTPConnection, http.client.HTTPSConnection):
        connection = connect(registry, timeout=_WAIT_S)
        try:
            connection.request(method, f"/v2/nanoswarm/{path}", body, headers)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            data = answer.read(_MOST_BYTES)
            if answer.status != http.client.BAD_REQUEST or _TLS_WANTED not in data:
                return answer.status, told, data
            said = said or "it refuses plain HTTP"
        except (OSError, http.client.HTTPException) as error:
            said = said or str(error)
        finally:
            connection.close()
    raise DockerError(f"the registry {registry} does not answer ({said}); does it run? nanoswarm cluster registry")


def _json(data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
