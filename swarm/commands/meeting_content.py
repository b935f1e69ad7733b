"""nanoswarm meeting content: what a meeting's screen shows."""

from pathlib import Path

import click

from swarm import document_files
from swarm.auth_rest import Rest, Upload
from swarm.commands import asking_auth
from swarm.commands.asking_auth import as_json, asks_auth, progress, say
from swarm.errors import InputError

_own_id = click.argument("own_id", metavar="MEETING")


@click.group()
def content() -> None:
    """What a meeting shows.

    PDF, PNG, JPEG, Markdown, text and links, up to 20 MB each.

    \b
    nanoswarm meeting content add plan agenda.md slides.pdf
    nanoswarm meeting content ls plan
    """


@content.command()
@_own_id
@asks_auth
@as_json
def ls(rest: Rest, own_id: str, as_json: bool) -> None:
    """List what MEETING shows.

    \b
    nanoswarm meeting content ls plan
    """
    found, _ = rest.ask("GET", "meetings", own_id, "contents")
    if as_json:
        asking_auth.show_json(found["contents"])
        return
    columns = {"NAME": "name", "KIND": "media_type", "BYTES": "bytes", "SHA256": "sha256"}
    asking_auth.show(
        found["contents"],
        columns,
        "It shows nothing yet.",
    )


@content.command()
@_own_id
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--link", "links", multiple=True, metavar="URL", help="A page, http or https; again for each.")
@click.option("--name", help="Another name than that of the file; `links` for links.")
@asks_auth
@as_json
def add(rest: Rest, own_id: str, paths: tuple[Path, ...], links: tuple[str, ...], name: str | None, as_json: bool) -> None:
    """Show FILE, in the place of what has its name. What a file is, is seen from its bytes.

    \b
    nanoswarm meeting content add plan agenda.md slides.pdf
    nanoswarm meeting content add plan --link https://example.org/wiki --name wiki
    """
    if not paths and not links:
        raise InputError(["nothing to add; name a FILE, or a page: --link https://example.org"])
    if name is not None and len(paths) + bool(links) > 1:
        raise InputError(["--name: is for one; leave it out, or add them one by one"])
    kinds = [document_files.media_type(path) for path in paths]  # all of them, before one is sent
    shown = [_send(rest, own_id, path, kind, name or path.name) for path, kind in zip(paths, kinds, strict=True)]
    if links:
        body = "".join(f"{link}\r\n" for link in links).encode()
        given = {"Content-Type": document_files.LINKS}
        item, _ = rest.ask("PUT", "meetings", own_id, "contents", name or "links", body=body, headers=given)
        shown.append(item)
    if as_json:
        asking_auth.show_json(shown)
    for item in shown:
        say(f"{own_id} shows {item['name']} ({item['media_type']}, {item['bytes']} bytes).", as_json)


def _send(rest: Rest, own_id: str, path: Path, kind: str, name: str) -> dict[str, object]:
    size = path.stat().st_size
    with path.open("rb") as file, progress(name, size) as at:
        upload = Upload(file, size, kind, at)
        item: dict[str, object] = rest.ask("PUT", "meetings", own_id, "contents", name, body=upload)[0]
        return item


@content.command()
@_own_id
@click.argument("name")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A file that is not there.")
@asks_auth
def get(rest: Rest, own_id: str, name: str, output: Path) -> None:
    """Write what MEETING shows as NAME to a file.

    \b
    nanoswarm meeting content get plan agenda.md --output agenda.md
    """
    if output.exists():
        raise InputError([f"--output: {output} is there already, and stays as it is; name another file"])
    data, _ = rest.ask("GET", "meetings", own_id, "contents", name)
    with output.open("xb") as file:
        file.write(data)
    click.echo(f"{output} has {len(data)} bytes.")


@content.command()
@_own_id
@click.argument("name")
@asks_auth
def rm(rest: Rest, own_id: str, name: str) -> None:
    """Show NAME no more.

    \b
    nanoswarm meeting content rm plan slides.pdf
    """
    rest.ask("DELETE", "meetings", own_id, "contents", name)
    click.echo(f"{own_id} does not show {name} any more.")
