"""Metrics: pure functions, arrays in and numbers out."""

from partonomy.metrics.agreement import (
    adjusted_rand_index,
    contingency,
    foreground,
    normalised_mutual_information,
)
from partonomy.metrics.bootstrap import Interval, bootstrap_interval, combination, interval_of
from partonomy.metrics.detection import (
    Criterion,
    Detections,
    Precision,
    TrueParts,
    average_precision,
    box_iou,
    centre_distance,
    precision_of,
    right_ranks,
)
from partonomy.metrics.keypoints import (
    Frame,
    KeypointErrors,
    Landmarks,
    box_frame,
    inter_ocular_frame,
    keypoint_regression,
    part_centroids,
    sample_at_keypoints,
)
from partonomy.metrics.overlap import (
    intersection_over_union,
    matched_labels,
    mean_intersection_over_union,
)
from partonomy.metrics.resampled import picture_weights, weighted_average_precision

__all__ = [
    "Criterion",
    "Detections",
    "Frame",
    "Interval",
    "KeypointErrors",
    "Landmarks",
    "Precision",
    "TrueParts",
    "adjusted_rand_index",
    "average_precision",
    "bootstrap_interval",
    "box_frame",
    "box_iou",
    "centre_distance",
    "combination",
    "contingency",
    "foreground",
    "inter_ocular_frame",
    "intersection_over_union",
    "interval_of",
    "keypoint_regression",
    "matched_labels",
    "mean_intersection_over_union",
    "normalised_mutual_information",
    "part_centroids",
    "picture_weights",
    "precision_of",
    "right_ranks",
    "sample_at_keypoints",
    "weighted_average_precision",
]
