"""The colours by which visits are told apart, on lights and on screens. `GuideOrder.colour` counts them."""

Colour = tuple[int, int, int]

PALETTE: tuple[Colour, ...] = (  # the first ones, which are used most, lie farthest apart
    (0, 255, 0),
    (0, 0, 255),
    (255, 170, 0),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
    (255, 60, 0),
    (120, 0, 255),
    (150, 255, 60),
    (255, 0, 100),
    (0, 120, 255),
    (255, 130, 130),
)
NAMES = ("green", "blue", "yellow", "magenta", "cyan", "white", "orange", "violet", "lime", "rose", "sky", "salmon")
