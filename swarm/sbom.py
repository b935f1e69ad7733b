"""The door to cyclonedx-python-lib (the library of cyclonedx-py): a bill of materials as CycloneDX 1.6 JSON.

The same image always gives the same text: its number follows from the image's id, its time is the image's own label.
"""

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from swarm.images_parts import Part

_KINDS = {"library": ComponentType.LIBRARY, "application": ComponentType.APPLICATION, "platform": ComponentType.PLATFORM}
_LICENCES = LicenseFactory()
_THEN = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)  # for an image that does not say when


@dataclass(frozen=True)
class Subject:
    """The image that the bill is of. `told`: more about it, as names and values."""

    name: str
    version: str
    id: str  # sha256:...
    licence: str
    created: str  # ISO 8601, or empty
    told: dict[str, str]


def text(subject: Subject, parts: Iterable[Part]) -> str:
    root = Component(
        name=subject.name, version=subject.version or None, type=ComponentType.CONTAINER, bom_ref=subject.name,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=subject.id.removeprefix("sha256:"))],
        licenses=[_licence(subject.licence)] if subject.licence else None,
        properties=[Property(name=f"nanoswarm:{name}", value=value) for name, value in sorted(subject.told.items())],
    )  # fmt: skip
    components = [_component(part) for part in parts]
    bom = Bom(
        components=components,
        serial_number=uuid.uuid5(uuid.NAMESPACE_OID, subject.id),
        metadata=BomMetaData(component=root, timestamp=_time(subject.created)),
    )
    bom.register_dependency(root, components)
    return str(JsonV1Dot6(bom).output_as_string(indent=1)) + "\n"


def _component(part: Part) -> Component:
    return Component(
        name=part.name, version=part.version or None, type=_KINDS[part.kind], bom_ref=f"{part.purl}#{part.path}",
        purl=PackageURL.from_string(part.purl),
        licenses=[_licence(part.licence)] if part.licence else None,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=part.sha256)] if part.sha256 else None,
        properties=[Property(name="nanoswarm:path", value=f"/{part.path}")],
    )  # fmt: skip


def _licence(told: str) -> License:
    return _LICENCES.make_from_string(told)


def _time(created: str) -> datetime.datetime:
    try:
        found = datetime.datetime.fromisoformat(created)
    except ValueError:
        return _THEN
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
