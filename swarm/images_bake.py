"""docker-bake.hcl: the same builds for `docker buildx bake`, which needs nothing of the kit. Pure."""

from collections.abc import Iterable

from swarm import images_base
from swarm.images import NAMESPACE, SLIM, VARIANTS
from swarm.words import Word

PATH = "docker-bake.hcl"
_HEAD = f"""# Made by `nanoswarm images bake`: the images for who builds with buildx, without the kit. From this folder:
#
#   docker buildx bake                                    all services, {SLIM}, for this machine
#   docker buildx bake presence scanner                   some of them
#   VARIANT=alpine docker buildx bake                     another variant: {", ".join(VARIANTS)}
#   PLATFORMS=linux/amd64,linux/arm64,linux/arm/v7 REGISTRY=192.0.2.10:5000/ docker buildx bake --push
#   CA=/etc/ssl/certs/ca-certificates.crt docker buildx bake   behind a proxy with an authority of its own
#
# Budgets are not looked at here, and images.lock is not written: nanoswarm images build and push do.
variable "VARIANT" {{ default = "{SLIM}" }}
variable "PYTHON_IMAGE" {{ default = "" }} # "": {images_base.OFFICIAL}, and for official {images_base.FULL}
variable "PLATFORMS" {{ default = "" }}
variable "REGISTRY" {{ default = "" }} # with a slash at its end
variable "REVISION" {{ default = "" }}
variable "CA" {{ default = "" }}
variable "USUAL" {{ default = VARIANT == "official" ? "{images_base.FULL}" : "{images_base.OFFICIAL}" }}
variable "BASE" {{ default = PYTHON_IMAGE == "" ? USUAL : PYTHON_IMAGE }}
variable "NAMES" {{ default = VARIANT == "{SLIM}" ? [":${{VARIANT}}", ""] : [":${{VARIANT}}"] }}
"""
_SHARED = """
target "_service" {
  context    = "."
  dockerfile = "dockerfiles/Dockerfile"
  target     = VARIANT
  args       = {PYTHON_IMAGE = BASE, BASE = BASE}
  labels     = REVISION == "" ? {} : {"org.opencontainers.image.revision" = REVISION}
  platforms  = PLATFORMS == "" ? [] : split(",", PLATFORMS)
  secret     = CA == "" ? [] : ["id=ca,src=${CA}"]
}
"""


def text(words: Iterable[Word]) -> str:
    """For these services; always the same for the same."""
    words = sorted(words, key=lambda word: word.name)
    names = ", ".join(f'"{word.name}"' for word in words)
    return "".join([_HEAD, _SHARED, f'\ngroup "default" {{ targets = [{names}] }}\n', *map(_target, words)])


def _target(word: Word) -> str:
    return f"""
target "{word.name}" {{
  inherits = ["_service"]
  args     = {{WORD = "{word.name}", EXTRAS = "{",".join(word.extras)}"}}
  tags     = [for name in NAMES : "${{REGISTRY}}{NAMESPACE}/{word.name}${{name}}"]
}}
"""
