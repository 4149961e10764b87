"""What happens with faults of COCO: refused in one line, or left out when the settings say so."""

from collections.abc import Mapping
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.checks import look_at
from wsss.brought.look_ahead import look_ahead
from wsss.data.file_cache import FileCache
from wsss.data.photo import Photo
from wsss.datasets.coco_layout import CocoFolder
from wsss.datasets.coco_similar import SIMILAR
from wsss.datasets.coco_tables import TEXT_IDS
from wsss.run.errors import UserError, raise_passing

HARMLESS = (TEXT_IDS, SIMILAR)
"""kinds of problems that are no faults: nothing is lost, or it was asked for"""


def leave_out_unusable(
    root: Path,
    photos: list[Photo],
    sizes: Mapping[str, tuple[int, int]],
    account: Account,
    cache: FileCache,
) -> list[Photo]:
    """The photos that decode and have the size of the JSON; the others go to the account.

    `sizes` is photo id -> (H, W). Photos that are unchanged in `cache` are not read.
    """
    look_ahead(cache, [root / photo.image for photo in photos], look_at)
    usable = []
    for photo in photos:
        try:
            size = tuple(cache.read(root / photo.image, look_at)[:2])
        except UserError as error:
            raise_passing(error)
            account.problems["photos that cannot be read"].append(photo.image)
            continue
        if size == sizes[photo.id]:
            usable.append(photo)
        else:
            expected = "{} x {}".format(*sizes[photo.id][::-1])
            where = f"{photo.image}: {size[1]} x {size[0]}, not {expected}"
            account.problems["photos of another size than the JSON says"].append(where)
    return usable


def check_faults(account: Account, folder: CocoFolder, leave_out: bool) -> None:
    """UserError for any fault, unless faults are to be left out. It counts each kind, and names its
    first case.
    """
    faults = {kind: cases for kind, cases in account.problems.items() if kind not in HARMLESS}
    if leave_out or not any(faults.values()):
        return
    kinds = [f"{len(cases)} {kind} ({cases[0]})" for kind, cases in faults.items() if cases]
    raise UserError(
        f"COCO in {folder.root} has faults (the first of each kind in brackets): "
        f"{'; '.join(kinds)}; mend them, or leave them out with coco.leave_out_faulty: true"
    )
