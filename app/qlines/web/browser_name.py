"""What a browser is called, from the header User-Agent; pure."""

# The first that is found: the browsers further down are named by those above them, too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """Return a name such as "Chrome on Android", "A browser" for one that is not known."""
    browser = _first(BROWSERS, agent) or "A browser"
    system = _first(SYSTEMS, agent)
    return f"{browser} on {system}" if system else browser


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for part, name in names if part in agent), "")
