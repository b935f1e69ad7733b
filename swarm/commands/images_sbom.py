"""nanoswarm images sbom."""

from pathlib import Path

import click

from swarm import images, images_layers, images_parts, images_push
from swarm.commands import images_options as options
from swarm.commands.saying import Says
from swarm.engine import Engine
from swarm.engine_images import CREATED
from swarm.errors import InputError
from swarm.images_layers import Saved
from swarm.words import discover

_LABEL = "org.opencontainers.image"


@click.command()
@options.names
@options.variant
@click.option("--arch", help="amd64, arm64 or arm; the engine's own.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="A folder for WORD-VARIANT-ARCH.cdx.json.")
def sbom(names: tuple[str, ...], variant: str, arch: str | None, output: Path | None) -> None:
    """List the software in an image (CycloneDX 1.6).

    Python, its packages, the C library, busybox, all shared libraries.

    It is read from the image's own files. The same image gives the same text.

    \b
    nanoswarm images sbom auth > auth.cdx.json
    nanoswarm images sbom --output sbom
    """
    words = [word.name for word in images.chosen(names, discover())]
    if output is None and len(words) != 1:
        raise InputError(["name one service, or a folder for all of them: nanoswarm images sbom --output sbom"])
    engine, says = Engine(options.cluster_here().manager), Says(as_json=True)
    kind = images.kind(variant, arch, engine.arch())
    made = images_push.made(engine, words, variant)
    if missing := [word for word in words if kind.arch not in made[word]]:
        raise InputError([f"{' '.join(missing)}: not built for {kind.arch}; nanoswarm images build --arch {kind.arch}"])
    for word in words:
        with says.work(f"{word}: reading"), images_layers.opened(engine, [made[word][kind.arch].id]) as saved:
            told = _text(word, kind, made[word][kind.arch].id, saved[0])
        if output is None:
            click.echo(told, nl=False)
            continue
        output.mkdir(parents=True, exist_ok=True)
        path = output / f"{word}-{kind.variant}-{kind.arch}.cdx.json"
        path.write_text(told, encoding="utf-8")
        says.line(f"{word}: {path}")


def _text(word: str, kind: images.Kind, image_id: str, saved: Saved) -> str:
    from swarm import sbom  # here alone, as it takes long to load

    labels = (saved.config.get("config") or {}).get("Labels") or {}
    told = {"variant": kind.variant, "arch": kind.arch, "base": labels.get(f"{_LABEL}.base.name", "")}
    subject = sbom.Subject(
        f"{images.NAMESPACE}/{word}", labels.get(f"{_LABEL}.version", ""), image_id, labels.get(f"{_LABEL}.licenses", ""),
        labels.get(CREATED, ""), told,
    )  # fmt: skip
    return sbom.text(subject, images_parts.parts(saved))
