"""Lists of images for nodes that differ, put into a registry over its own interface."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from swarm import images_registry
from swarm.engine_images import content_of
from swarm.errors import DockerError
from swarm.images_registry import LIST, Manifest

KIND = "application/vnd.docker.distribution.manifest.v2+json"


def sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Registry:
    """It holds manifests and blobs by path, and takes what is put."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[str, bytes]] = {}
        self.answer: tuple[int, bytes] | None = None  # instead of all else
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, data = registry.held.get(self.path, ("text/plain", b""))
                self._say(200 if data else 404, kind, data)

            def do_PUT(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"]))
                registry.held[self.path] = (self.headers["Content-Type"], data)
                self._say(201, "text/plain", b"")

            def _say(self, status: int, kind: str, data: bytes) -> None:
                status, data = registry.answer or (status, data)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.name = f"127.0.0.1:{self.server.server_port}"

    def put_image(self, word: str, tag: str, arch: str) -> str:
        config = json.dumps({"architecture": arch, "config": {"Env": ["A=1"]}, "rootfs": {"diff_ids": ["sha256:l"]}}).encode()
        manifest = json.dumps({"config": {"digest": sha(config)}, "layers": []}).encode()
        self.held[f"/v2/nanoswarm/{word}/blobs/{sha(config)}"] = ("application/octet-stream", config)
        for reference in (tag, sha(manifest)):
            self.held[f"/v2/nanoswarm/{word}/manifests/{reference}"] = (KIND, manifest)
        return sha(manifest)


@pytest.fixture
def registry() -> Iterator[Registry]:
    found = Registry()
    thread = threading.Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


def test_what_a_registry_has_is_known_by_its_content(registry: Registry) -> None:
    digest = registry.put_image("auth", "slim-amd64", "amd64")
    found = images_registry.manifest(registry.name, "auth", "slim-amd64")
    assert found is not None and found.digest == digest
    expected = content_of("amd64", ["sha256:l"], {"Env": ["A=1"]})
    assert images_registry.content(registry.name, "auth", found) == expected


def test_what_a_registry_does_not_have_is_none(registry: Registry) -> None:
    assert images_registry.manifest(registry.name, "auth", "slim-amd64") is None
    registry.held["/v2/nanoswarm/auth/manifests/slim-amd64"] = (KIND, b"no manifest")
    assert images_registry.manifest(registry.name, "auth", "slim-amd64") is None
    assert images_registry.content(registry.name, "auth", Manifest("", KIND, 0, {"config": {"digest": "sha256:0"}})) is None


def test_list_names_every_architecture_and_its_digest_is_that_of_its_text(registry: Registry) -> None:
    digests = {arch: registry.put_image("auth", f"slim-{arch}", arch) for arch in ("arm", "amd64", "arm64")}
    digest = images_registry.push_list(registry.name, "auth", "slim", digests)
    kind, data = registry.held["/v2/nanoswarm/auth/manifests/slim"]
    assert (kind, digest) == (LIST, sha(data))
    told = json.loads(data)
    assert {one["platform"]["architecture"]: one["digest"] for one in told["manifests"]} == digests
    assert [one["platform"].get("variant") for one in told["manifests"]] == [None, "v7", "v8"]
    assert all(one["mediaType"] == KIND and one["size"] > 0 for one in told["manifests"])
    assert images_registry.push_list(registry.name, "auth", "slim", digests) == digest


def test_list_of_what_is_not_there_is_refused_with_the_remedy(registry: Registry) -> None:
    digests = {"amd64": registry.put_image("auth", "slim-amd64", "amd64"), "arm64": sha(b"")}
    with pytest.raises(DockerError, match=r"does not give its image for arm64.*nanoswarm images push auth"):
        images_registry.push_list(registry.name, "auth", "slim", digests)


def test_registry_that_speaks_tls_or_nothing_is_named(registry: Registry) -> None:
    registry.answer = (400, b"Client sent an HTTP request to an HTTPS server.\n")
    with pytest.raises(DockerError, match="it refuses plain HTTP"):
        images_registry.manifest(registry.name, "auth", "slim")
    with pytest.raises(DockerError, match=r"does not answer.*refused"):
        images_registry.manifest("127.0.0.1:1", "auth", "slim")
