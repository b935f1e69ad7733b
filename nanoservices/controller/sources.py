"""Which events are news? Pure.

the first of a source                                    news
a higher number of the same boot                         news
one of a boot that another has replaced                  late
one of a boot not heard of before, sent on the same
  clock before what has been taken already               late: that boot was over before it could be heard
one of any other boot                                    news, and the boot before it is replaced
"""

from dataclasses import replace

from nanoservices.controller.model import Source

MOST_REPLACED = 4


def taken(known: Source | None, event: Source) -> Source | None:
    """What is known of the source once `event` has been taken: its number is `upto`. None when it is no news."""
    if known is None:
        return event
    if event.boot == known.boot:
        is_next = event.upto > known.upto
        return replace(known, upto=event.upto, sent_at=max(known.sent_at, event.sent_at)) if is_next else None
    if event.boot in known.replaced or (event.clock == known.clock and event.sent_at < known.sent_at):
        return None
    return replace(event, replaced=(*known.replaced[1 - MOST_REPLACED :], known.boot))
