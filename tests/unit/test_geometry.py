"""Points, views, votes and projections against closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from wsss.data.camera import Camera
from wsss.datasets.ray_cast import Block, cast
from wsss.datasets.room import look_at
from wsss.geometry.fusion import Predicted
from wsss.geometry.objectness_settings import BoxVoteSettings, FuseSettings, SmoothSettings
from wsss.geometry.projection import project_photo
from wsss.geometry.projection_settings import ProjectionSettings
from wsss.geometry.rendering import coarse_view, render
from wsss.geometry.smoothing import find_normals, smooth
from wsss.geometry.views import View
from wsss.geometry.visibility import BLOCK, Blocks, Seen, find_seen
from wsss.geometry.votes import Objectness, Votes
from wsss.geometry.voxels import Points, Voxels, voxel_keys
from wsss.run.errors import UserError

CAMERA = Camera(60, 60, 39.5, 29.5, 0.001)
SIZE = (60, 80)
ROOM = Block(np.array([0.0, 0, 1.3]), np.array([3.0, 3, 1.3]))
CUBE = Block(np.array([0.0, 0, 0.5]), np.array([0.5, 0.5, 0.5]))
EVERYTHING = ProjectionSettings(stride=1, own_depth=False)


def shoot(eye, aim=(0.0, 0.0, 0.5), blocks=(CUBE,)):
    """The view from `eye`, with the depth and the block of each pixel."""
    view = View(CAMERA, look_at(np.array(eye, float), np.array(aim, float)), SIZE)
    hits = cast(ROOM, blocks, CAMERA, view.pose, SIZE)
    return view, hits.depth, hits.block


def cloud_of(shots, side=0.05):
    voxels = Voxels(side)
    for view, depth, _ in shots:
        places, _ = view.back_project(depth)
        voxels.add(places, np.zeros((len(places), 3)))
    return voxels.points()


def box_of(pixels):
    """The box [1, left, top, right, bottom] around pixels, bool (H, W)."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    return [1, int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]


def on_cube(places, margin=0.03):
    """Which points lie on the cube, or at most `margin` off it."""
    off = np.abs(places - CUBE.middle) - CUBE.half
    return (off.max(axis=1) < margin) & (places[:, 2] > 0.1)


def test_a_plane_at_one_depth_comes_back_as_a_plane():
    view = View(CAMERA, look_at(np.array([0.0, -2, 1]), np.array([0.0, 5, 1])), SIZE)
    places, pixels = view.back_project(np.full(SIZE, 3.0))
    assert np.allclose(places[:, 1], 1)  # 3 m ahead of y = -2
    assert np.ptp(places[:, 0]) == pytest.approx(79 / 60 * 3)
    assert np.ptp(places[:, 2]) == pytest.approx(59 / 60 * 3)
    assert pixels.tolist() == list(range(60 * 80))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_points_project_to_the_pixels_that_they_come_from(seed):
    rng = np.random.default_rng(seed)
    eye, aim = rng.uniform(-2, 2, 3), rng.uniform(-2, 2, 3)
    aim[0] += 5
    view = View(CAMERA, look_at(eye, aim), SIZE)
    depth = rng.uniform(0.1, 9, SIZE) * (rng.random(SIZE) < 0.5)
    places, pixels = view.back_project(depth)
    at = view.project(places)
    assert np.allclose(at.depth, depth.ravel()[pixels])
    assert np.allclose(at.down * 80 + at.across, pixels, atol=1e-4)
    shown, found = view.pixels(at)
    assert shown.tolist() == list(range(len(places))) and (found == pixels).all()


def test_missing_depth_makes_no_point_and_sees_none():
    view, depth, _ = shoot((-2, -2, 1.5))
    points = cloud_of([(view, depth, None)])
    hole = depth.copy()
    hole[20:40, 20:40] = 0
    assert len(view.back_project(hole)[0]) == 60 * 80 - 400
    seen = find_seen(view, Blocks(points.places), hole, 0.02, 0.01)
    rows, columns = seen.pixels // 80, seen.pixels % 80
    assert not ((rows >= 20) & (rows < 40) & (columns >= 20) & (columns < 40)).any()
    assert len(seen.points)
    assert len(find_seen(view, Blocks(points.places), np.zeros(SIZE), 0.02, 0.01).points) == 0


def test_voxels_are_means_of_their_points_whatever_the_order():
    rng = np.random.default_rng(0)
    places, colours = rng.uniform(-1, 1, (500, 3)), rng.integers(0, 256, (500, 3))
    slow = {}
    for place, colour in zip(places, colours):
        slow.setdefault(tuple(np.floor(place / 0.3)), []).append((place, colour))
    once, parts = Voxels(0.3), Voxels(0.3)
    once.add(places, colours)
    for part in np.array_split(rng.permutation(500), 7):
        parts.add(places[part], colours[part])
    expected = [np.mean([place for place, _ in slow[key]], axis=0) for key in sorted(slow)]
    assert np.allclose(once.points().places, expected, atol=1e-6)
    assert np.allclose(parts.points().places, expected, atol=1e-6)
    assert (once.points().colours == parts.points().colours).all()
    assert len(Voxels(0.3).points().places) == 0


def test_a_point_without_a_voxel_is_refused():
    with pytest.raises(UserError, match=r"50,000 m from the origin.*check the poses"):
        voxel_keys(np.array([[50_000.0, 0, 0]]), 0.02)


def test_a_photo_sees_what_a_slow_look_at_every_point_finds():
    shots = [shoot((-2.2, 1.5, 1.6)), shoot((2.3, -0.4, 1.2)), shoot((0.3, 2.4, 2.0))]
    places = cloud_of(shots).places
    for view, depth, _ in shots:
        seen = find_seen(view, Blocks(places), depth, 0.02, 0.01)
        slow = []
        for n, place in enumerate(places):
            x, y, z = view.pose[:3, :3].T @ (place - view.pose[:3, 3])
            if z > 0.05:
                u, v = np.rint(60 * x / z + 39.5), np.rint(60 * y / z + 29.5)
                if 0 <= u < 80 and 0 <= v < 60:
                    own = depth[int(v), int(u)]
                    if abs(z - own) < max(0.02, 0.01 * own):
                        slow.append((n, int(v) * 80 + int(u)))
        assert list(zip(seen.points.tolist(), seen.pixels.tolist())) == slow


def test_only_blocks_around_a_photo_are_projected():
    rng = np.random.default_rng(1)
    places = rng.uniform(-8, 8, (4000, 3)).astype(np.float32)
    view, _, _ = shoot((-2.2, 1.5, 1.6))
    near = Blocks(places).near(view, 3.0)
    at = view.project(places)
    shown, _ = view.pixels(at)
    assert set(shown[at.depth[shown] < 3.0]) <= set(near)
    assert len(near) < 1500 and (np.diff(near) > 0).all()
    assert BLOCK < 3


def test_occluded_points_are_not_seen():
    wall = Block(np.array([-1.2, 0, 0.6]), np.array([0.05, 0.8, 0.6]))
    free, covered = shoot((-2.6, 0, 0.7)), shoot((-2.6, 0, 0.7), blocks=(CUBE, wall))
    points = cloud_of([shoot((2.6, 0, 0.7)), free])
    front = np.flatnonzero(on_cube(points.places) & (points.places[:, 0] < -0.45))
    back = np.flatnonzero(on_cube(points.places) & (points.places[:, 0] > 0.47))
    seen = [
        find_seen(view, Blocks(points.places), depth, 0.02, 0.01)
        for view, depth, _ in (free, covered)
    ]
    assert len(front) > 50 and len(back) > 50
    assert np.isin(front, seen[0].points).mean() > 0.8
    assert not np.isin(front, seen[1].points).any()
    assert not np.isin(back, seen[0].points).any()


def test_a_box_from_two_sides_votes_for_the_object_and_not_for_what_is_behind():
    # each box alone covers floor and walls behind the cube, both together hardly any
    shots = [shoot((-2.3, 0.6, 1.4)), shoot((0.6, -2.3, 1.6))]
    points = cloud_of([*shots, shoot((2.4, 0.1, 1.5))])
    votes = Votes(len(points.places), 2)
    both = np.ones(len(points.places), bool)
    for view, depth, block in shots:
        seen = find_seen(view, Blocks(points.places), depth, 0.03, 0.01)
        votes.add(seen, [box_of(block == 1)], 80, np.ones(len(seen.points), np.float32))
        both &= np.isin(np.arange(len(points.places)), seen.points)
    found = votes.objectness(BoxVoteSettings(few=0.5))
    cube = on_cube(points.places, 0.01)
    assert (cube & both).sum() > 70
    assert (found.scores[cube & both, 0] == 1).all()
    away = both & ~on_cube(points.places, 0.2)
    assert away.sum() > 200
    assert (found.scores[away, 0] < 1).mean() > 0.9 > (found.scores[away, 0] == 0).mean()
    assert (found.scores[:, 1] == 0).all() and (found.scores[~found.known] == 0).all()


def test_votes_are_weighted_shares_and_few_photos_count_less():
    seen = Seen(np.array([0, 1, 2]), np.array([0, 1, 2]))  # columns 0, 1, 2 of row 0
    votes = Votes(4, 3)
    votes.add(seen, [[1, 0, 0, 2, 1], [3, 1, 0, 9, 9]], 10, np.array([2, 2, 2], np.float32))
    votes.add(Seen(np.array([1, 2]), np.array([50, 51])), [], 10, np.array([1, 1], np.float32))
    found = votes.objectness(BoxVoteSettings(few=0.5))
    third = 2 / 3
    assert np.allclose(found.scores, [[0.5, 0, 0], [third, 0, third], [0, 0, third], [0, 0, 0]])
    assert found.known.tolist() == [True, True, True, False]


def test_a_box_around_a_smaller_one_counts_less_there():
    seen = Seen(np.array([0, 1]), np.array([5, 20]))
    boxes = [[2, 4, 0, 8, 1], [1, 0, 0, 30, 9], [3, 0, 0, 40, 9]]
    votes = Votes(2, 3)
    votes.add(seen, boxes, 40, np.ones(2, np.float32), around=0.7)
    found = votes.objectness(BoxVoteSettings(fewest=1))
    assert np.allclose(found.scores, [[0.7, 1, 0.7], [1, 0, 0.7]])


def test_boxes_outside_the_photo_vote_for_nothing():
    votes = Votes(2, 1)
    seen = Seen(np.array([0, 1]), np.array([0, 799]))
    boxes = [[1, -50, -50, 0, 0], [1, 90, 0, 200, 50], [1, -5, -5, 1, 1]]
    votes.add(seen, boxes, 80, np.ones(2, np.float32))
    found = votes.objectness(BoxVoteSettings(fewest=1))
    assert found.scores.tolist() == [[1], [0]]
    view, depth, _ = shoot((-2, -2, 1.5))
    points = cloud_of([(view, depth, None)])
    all_known = Objectness(
        np.ones((len(points.places), 1), np.float32), np.ones(len(points.places), bool)
    )
    item = project_photo(view, points, all_known, 0.05, depth, boxes, ProjectionSettings(stride=2))
    assert item.scores.shape == (2, 30, 40)
    assert item.scores[1, 0, 0] == 1 and item.scores[1].sum() == 1


def test_the_nearest_point_of_a_cell_hides_those_behind():
    view = View(CAMERA, np.eye(4), SIZE)
    places = np.array([[0, 0, 2], [0, 0, 1], [0, 0, 1.005], [0.5, 0, -1]], np.float32)
    scores = np.array([[1, 0], [0, 1], [0, 0.5], [1, 1]], np.float32)
    front = render(view, places, scores, 0.02, None, EVERYTHING)
    assert np.allclose(front.scores[:, 29, 39], [0, 0.75])
    largest = render(
        view, places, scores, 0.02, None, EVERYTHING.model_copy(update={"combine": "max"})
    )
    assert np.allclose(largest.scores[:, 29, 39], [0, 1])
    own = np.zeros(SIZE)
    own[29:31, 39:41] = 2
    behind = render(view, places, scores, 0.02, own, EVERYTHING)
    assert np.allclose(behind.scores[:, 29, 39], [1, 0])
    assert front.known.sum() == 4 and not front.known[:20].any()


def test_points_cover_the_cells_that_their_voxels_can_cover():
    view = View(CAMERA, np.eye(4), SIZE)
    point, one = np.array([[0.0, 0, 1]]), np.ones((1, 1))
    # half of the diagonal of 0.2 m, at 1 m, is 10.4 pixels
    front = render(view, point, one, 0.2, None, EVERYTHING)
    assert front.known[20:40, 30:50].all() and front.known.sum() == 400
    fourth = ProjectionSettings(stride=4, own_depth=False)
    coarse = render(view, point, one, 0.2, None, fourth)
    assert coarse.known[5:10, 8:12].all() and coarse.known.sum() in (20, 25, 30)


def test_cells_are_at_the_places_of_their_pixels():
    view, _, _ = shoot((-2, -2, 1.5))
    places = np.random.default_rng(0).uniform(-1, 1, (50, 3))
    fine, coarse = view.project(places), coarse_view(view, 4).project(places)
    assert np.allclose((fine.across + 0.5) / 4, coarse.across + 0.5)
    assert np.allclose((fine.down + 0.5) / 4, coarse.down + 0.5)


def test_objects_seen_by_others_reach_a_photo_without_boxes():
    shots = [shoot((-2.4, 0.2, 1.4)), shoot((0.2, -2.4, 1.6)), shoot((2.4, 0.1, 1.5))]
    points = cloud_of(shots, 0.04)
    on = on_cube(points.places)
    known = Objectness(on[:, None].astype(np.float32), np.ones(len(on), bool))
    view, depth, block = shoot((-1.7, -1.7, 1.5))
    for own in (depth, None):
        asked = ProjectionSettings(stride=1, within=0.06)
        item = project_photo(view, points, known, 0.04, own, None, asked)
        seen = item.scores.sum(axis=0) > 0.5
        wins = item.scores.argmax(axis=0)
        assert seen[block == 1].mean() > 0.95
        assert (wins[seen] == (block == 1)[seen]).mean() > 0.97
        assert np.allclose(item.scores.sum(axis=0)[seen], 1)


def test_nothing_is_known_where_no_point_is():
    view, depth, _ = shoot((-2, -2, 1.5))
    points = cloud_of([(view, depth, None)])
    nothing = Objectness(
        np.zeros((len(points.places), 2), np.float32), np.zeros(len(points.places), bool)
    )
    item = project_photo(view, points, nothing, 0.05, depth, None, ProjectionSettings())
    assert (
        item.labels.tolist() == [0] and item.scores.shape == (1, 30, 40) and not item.scores.any()
    )


def plane_points(count=400, seed=0):
    places = np.random.default_rng(seed).uniform(0, 0.4, (count, 3)).astype(np.float32)
    places[:, 2] = 0
    return Points(places, np.zeros((count, 3), np.uint8))


def test_smoothing_is_the_weighted_mean_of_the_nearest_points():
    points = plane_points()
    rng = np.random.default_rng(1)
    points.colours[:] = rng.integers(0, 90, points.colours.shape)
    given_ = Objectness(rng.random((400, 2)).astype(np.float32), rng.random(400) < 0.7)
    asked = SmoothSettings(neighbours=6, reach=0.03, colour=40, normal=None)
    found = smooth(given_, points, asked)
    for n in range(0, 400, 37):
        distance = np.linalg.norm(points.places - points.places[n], axis=1)
        near = [m for m in np.argsort(distance)[:6] if distance[m] < 0.03]
        colour = ((points.colours[near].astype(float) - points.colours[n]) ** 2).sum(axis=1)
        weight = np.exp(-(colour / 1600 + (distance[near] / 0.03) ** 2) / 2) * given_.known[near]
        assert found.known[n] == (weight.sum() > 0)
        if weight.sum() > 0:
            mean = (weight[:, None] * given_.scores[near]).sum(axis=0) / weight.sum()
            assert np.allclose(found.scores[n], mean, atol=1e-4)
    off = smooth(given_, points, SmoothSettings(neighbours=0))
    assert off is given_


def test_normals_of_planes_stand_upright_and_keep_walls_apart_from_floors():
    floor = plane_points().places
    wall = floor[:, [2, 0, 1]].copy()
    floor[:, 0] += 0.002
    wall[:, 2] += 0.03
    places = np.concatenate([floor, wall])
    points = Points(places, np.zeros((800, 3), np.uint8))

    normals = find_normals(places, cKDTree(places), SmoothSettings())
    inner = places[:400, 0] > 0.1
    assert np.allclose(normals[:400][inner], [0, 0, 1], atol=1e-3)
    scores = np.repeat([[0.0], [1.0]], 400, axis=0).astype(np.float32)
    given_ = Objectness(scores, np.ones(800, bool))
    mixed = [
        smooth(given_, points, SmoothSettings(normal=normal)).scores[:, 0] for normal in (0.3, None)
    ]
    # near the corner neighbours are of the other plane
    assert np.abs(mixed[0] - scores[:, 0]).mean() < 0.5 * np.abs(mixed[1] - scores[:, 0]).mean()


def test_predictions_are_averaged_over_photos_and_with_what_was_known():
    predicted = Predicted(4, 3)
    maps = np.zeros((3, 2, 2), np.float32)
    maps[:, 0, 0], maps[:, 1, 1] = [0.2, 0.8, 0], [0.5, 0.1, 0.4]
    predicted.add(Seen(np.array([0, 1]), np.array([0, 3])), np.array([0, 1, 3]), maps)
    predicted.add(Seen(np.array([1]), np.array([0])), np.array([0, 1, 3]), maps)
    before = Objectness(
        np.array([[0.4, 0.2, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]], np.float32),
        np.array([True, False, True, False]),
    )
    fused = predicted.fuse(before, FuseSettings(keep=0.25))
    expected = [[0.7, 0.05, 0], [0.45, 0, 0.2], [1, 0, 0], [0, 0, 0]]
    assert np.allclose(fused.scores, expected)
    assert fused.known.tolist() == [True, True, True, False]
