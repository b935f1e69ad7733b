"""Which modules an image needs: those that its service's imports reach, by the tables that bytecode.py writes. Pure.

A module that nothing imports by name is not seen: such ones are in ALWAYS. What a library only perhaps imports (within a
function, or to try whether it is there) is followed too, unless it is SPARED; what our own code imports always is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What the interpreter's own C code, codecs by name and lazy packages ask for.
ALWAYS = _words(
    """
    os site encodings.aliases encodings.ascii encodings.idna encodings.latin_1 encodings.punycode
    encodings.raw_unicode_escape encodings.unicode_escape encodings.utf_16 encodings.utf_16_be encodings.utf_16_le
    encodings.utf_32 encodings.utf_8 encodings.utf_8_sig _strptime concurrent.futures.thread importlib.util
    importlib.machinery linecache numbers runpy tokenize traceback unicodedata warnings
    """
)

# What the shared code of the services stands on: in the layer that all images share, so that a node has it once.
SHARED = (
    *ALWAYS,
    *_words(
        """
    asyncio collections.abc contextlib dataclasses datetime difflib errno functools gc hashlib hmac ipaddress json logging
    math pathlib random re secrets signal socket sqlite3 struct threading time types typing urllib.parse weakref
    """
    ),
)

# For developers, for Pythons without C code, for other systems, for files of kinds that no service has. No OpenSSL: it is
# found by asyncio and hashlib wherever it is, and costs each process 4.4 MB; KEEP=ssl keeps it.
SPARED = _words(
    """
    _aix_support _android_support _apple_support _hashlib _ios_support _osx_support _pydatetime _pydecimal _pyio _pylong
    _pyrepl _py_abc _py_warnings _ssl argparse bdb bz2 calendar click.testing cmd code codeop concurrent.futures.process
    ctypes.macholib doctest flask.testing gettext gzip imp lzma multiprocessing optparse pdb pickletools pkg_resources
    pkgutil plistlib profile pstats py_compile pydoc readline rlcompleter setuptools ssl statistics tarfile test
    tracemalloc tty turtle unittest webbrowser werkzeug.debug winreg xmlrpc zipfile
    """
)


# In the interpreter itself, under other names; what they would have on disk is never read, nor what that imports.
INSIDE = _words("importlib._bootstrap importlib._bootstrap_external")


# What a module asks the interpreter's import system for, which asks for this.
ALSO = {"importlib.resources": ("importlib.readers",)}


@dataclass(frozen=True)
class Module:
    """`file`: where, below its tree; `own`: it is our code."""

    file: str
    certain: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    own: bool = False


def modules(table: Mapping[str, Mapping[str, list[str] | str]], own: bool = False) -> dict[str, Module]:
    """From what bytecode.py wrote."""
    return {
        name: Module(str(entry["file"]), tuple(entry["certain"]), tuple(entry["perhaps"]), own) for name, entry in table.items()
    }


def reached(known: Mapping[str, Module], roots: Iterable[str]) -> set[str]:
    """The modules among `known` that importing `roots` may import; of one in a package, also the package."""
    found: set[str] = set()
    ahead = [(root, True) for root in roots]
    while ahead:
        name, wanted = ahead.pop()
        if not wanted and _spared(name):
            continue
        for module in _with_packages(name):
            if module in known and module not in found and module not in INSIDE:
                found.add(module)
                entry = known[module]
                ahead += [(name, True) for name in (*entry.certain, *ALSO.get(module, ()))]
                ahead += [(name, entry.own) for name in entry.perhaps]
    return found


def _spared(name: str) -> bool:
    return any(package in SPARED for package in _with_packages(name))


def _with_packages(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
