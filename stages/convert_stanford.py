"""Convert photos in the layout of Stanford's 2D-3D-S into a folder of photos with depth, which
`dataset: rgbd` reads. Photos and depths are linked, not copied.

    python stages/convert_stanford.py 2D-3D-S --out stanford
    snakemake --config dataset=rgbd data_root=stanford recipe=boxes3d -- results/rgbd_val_miou.txt
"""

from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.data.shards import show_progress
from wsss.datasets.stanford import Conversion, find_frames, read_names
from wsss.datasets.stanford_settings import StanfordSettings
from wsss.run.errors import UserError
from wsss.run.files import atomic


def main(args: Namespace, settings: StanfordSettings) -> None:
    frames, names = find_frames(args.folder), read_names(args.folder)
    if args.out.exists():
        raise UserError(f"{args.out} exists; delete it, or choose another --out")
    with atomic(args.out) as folder:
        conversion = Conversion(folder, names, settings)
        for frame in show_progress(frames):
            conversion.add(frame)
        counts = conversion.finish()
    print(f"{args.out}: {counts['train']} photos that train, {counts['val']} of val")


STAGE = Stage(__file__, __doc__, settings=StanfordSettings)
STAGE.argument(
    "folder", "the folder that holds area_1/ and the other areas, and assets/", type=Path
)
STAGE.option("out", "the folder to make", affects_result=False, required=True, type=Path)

if __name__ == "__main__":
    STAGE.run(main)
