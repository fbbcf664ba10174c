"""The bundled city, copied to a folder of the user's and filled with its simulated records."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from zhiheng import store
from zhiheng.simulate.city import simulate, write

BUNDLED = "liuzhou"


def make_city(to: Path, *, seed: int) -> bool:
    """Copy the bundled city and simulate its records, unless the folder is a city already.

    Parameters
    ----------
    to : Path
        Where the city folder shall be; a folder that holds anything else is refused.
    seed : int
        Seed of the simulation.

    Returns
    -------
    bool
        Whether a city was made; a city that is there is left as it is.

    Raises
    ------
    ZhihengError
        When the folder holds something else, or cannot be written.
    """
    if (to / "city.yaml").is_file():
        return False
    with store.creating(to) as draft:
        with resources.as_file(resources.files("zhiheng") / "cities" / BUNDLED) as source:
            shutil.copytree(source, draft, ignore=shutil.ignore_patterns("__pycache__"))
        write(draft, simulate(seed))
    return True
