"""The metrics to judge a trained model by. No torch."""

from __future__ import annotations

from core.evaluation.metrics.spec import MetricSpec
from core.registry import Catalogue, Param

AVERAGE = Param(
    "average", "macro", "Average", "macro: every class counts alike; weighted: by its rows; micro: all rows in one pot.",
    choices=("macro", "weighted", "micro"),
)  # fmt: skip
AVERAGE_OF_AREAS = Param(
    "average", "macro", "Average", "macro: every class counts alike; weighted: by its rows.", choices=("macro", "weighted")
)  # fmt: skip


def _classes(function: str, **entry: object) -> MetricSpec:
    build = f"core.evaluation.metrics.classification:{function}"
    return MetricSpec(build=build, task="classification", **entry)  # type: ignore[arg-type]


def _numbers(function: str, **entry: object) -> MetricSpec:
    build = f"core.evaluation.metrics.regression:{function}"
    return MetricSpec(build=build, task="regression", **entry)  # type: ignore[arg-type]


METRICS: Catalogue[MetricSpec] = Catalogue(
    "metric",
    (
        _classes(
            "accuracy",
            key="accuracy",
            label="Accuracy",
            summary="The share of rows that are named rightly.",
            article="accuracy = rows named rightly / rows. Where one class has 97 rows in 100, naming it always scores 0.97: "
            "compare with the share of the largest class. Its 95 % interval is that of a proportion, Wilson 1927.",
            higher_is_better=True,
        ),
        _classes(
            "balanced_accuracy",
            key="balanced_accuracy",
            label="Balanced accuracy",
            summary="The mean recall of the classes: naming one class always scores 1 / classes.",
            article="balanced accuracy = mean over classes of recall_c. Every class counts alike, however rare, so false alarms "
            "among many rows of a frequent class weigh little: look at precision too. Brodersen et al. 2010.",
            higher_is_better=True,
        ),
        _classes(
            "precision",
            key="precision",
            label="Precision",
            summary="Of the rows named so, how many are.",
            article="precision = TP / (TP + FP). It falls with every false alarm, and depends on how frequent the class is. A class that "
            "is never named has none, and counts 0 in the average. van Rijsbergen 1979.",
            higher_is_better=True,
            per_class=True,
            params=(AVERAGE,),
        ),
        _classes(
            "recall",
            key="recall",
            label="Recall",
            summary="Of the rows that are, how many it found.",
            article="recall = TP / (TP + FN). It does not depend on how frequent the class is; naming every row so scores 1. The macro "
            "average counts a class 0 that is named but has no rows. van Rijsbergen 1979.",
            higher_is_better=True,
            per_class=True,
            params=(AVERAGE,),
        ),
        _classes(
            "f1",
            key="f1",
            label="F1",
            summary="The harmonic mean of precision and recall: high only where both are.",
            article="F1 = 2 precision recall / (precision + recall) = 2 TP / (2 TP + FP + FN). It leaves out the rows that are rightly "
            "named otherwise, so it suits a rare class that matters. van Rijsbergen 1979.",
            higher_is_better=True,
            per_class=True,
            params=(AVERAGE,),
        ),
        _classes(
            "roc_auc",
            key="roc_auc",
            label="ROC AUC",
            summary="The chance that a row of the class scores above a row of another; 0.5 is guessing.",
            article="The area under true positive rate against false positive rate over all thresholds, each class against the rest. It "
            "judges the order of the scores alone: no threshold, no calibration, no share of the class. Hanley and McNeil 1982.",
            higher_is_better=True,
            per_class=True,
            params=(AVERAGE_OF_AREAS,),
        ),
        _classes(
            "average_precision",
            key="average_precision",
            label="Average precision",
            summary="The area under precision against recall; guessing scores the class's share of the rows.",
            article="AP = sum over thresholds of (R_i - R_(i-1)) P_i, each class against the rest. For a rare class it tells more than the "
            "ROC curve, on which many false alarms look few. Davis and Goadrich 2006.",
            higher_is_better=True,
            per_class=True,
            params=(AVERAGE_OF_AREAS,),
        ),
        _classes(
            "matthews",
            key="matthews",
            label="Matthews correlation",
            summary="The correlation of the classes named and true: 0 is guessing, 1 perfect.",
            article="MCC = (s c - sum_k p_k t_k) / sqrt((s^2 - sum p_k^2)(s^2 - sum t_k^2)), with s rows, c of them right, p_k named and t_k "
            "true of class k. High only where every cell of the confusion matrix is good. Matthews 1975; Gorodkin 2004.",
            higher_is_better=True,
        ),
        _classes(
            "kappa",
            key="kappa",
            label="Cohen's kappa",
            summary="How far the accuracy is above that of guessing in the same shares.",
            article="kappa = (accuracy - p_e) / (1 - p_e), where p_e = sum_k p_k t_k / s^2 is the accuracy of naming classes at random as often "
            "as the model does. 0 is guessing, 1 perfect. Cohen 1960.",
            higher_is_better=True,
        ),
        _classes(
            "log_loss",
            key="log_loss",
            label="Log loss",
            summary="How unlikely the model finds the right class: punishes being sure and wrong.",
            article="log loss = mean of -log p(true class), the cross-entropy without smoothing or weights. Guessing by the classes' shares "
            "scores their entropy. Good 1952.",
            higher_is_better=False,
            needs_probabilities=True,
            per_class=True,
        ),
        _classes(
            "brier",
            key="brier",
            label="Brier score",
            summary="The squared distance of the probabilities from what happened: 0 is perfect, 2 is sure and always wrong.",
            article="Brier = mean over rows of sum_c (p_c - 1{c is true})^2, from 0 to 2. Like the log loss it judges order and calibration at "
            "once, but one bad row can cost no more than 2. Brier 1950.",
            higher_is_better=False,
            needs_probabilities=True,
            per_class=True,
        ),
        _classes(
            "expected_calibration_error",
            key="calibration_error",
            label="Calibration error",
            summary="How far confidence and share right lie apart.",
            article="ECE = sum over bins of (rows_b / rows) |share right_b - mean confidence_b|, with the rows sorted into bins by their "
            "confidence. It is biased upward on few rows: the Errors page says by how much. Guo et al. 2017.",
            higher_is_better=False,
            needs_probabilities=True,
            params=(Param("bins", 10, "Bins", "Equally wide bins of confidence.", minimum=2, maximum=100),),
        ),
        _numbers(
            "mae",
            key="mae",
            label="Mean absolute error",
            summary="How far off it is on average, in the target's units.",
            article="MAE = mean |output - target|. Every unit of error weighs the same; the median of the targets minimises it. "
            "Willmott and Matsuura 2005.",
            higher_is_better=False,
        ),
        _numbers(
            "rmse",
            key="rmse",
            label="Root mean square error",
            summary="As the mean absolute error, with large errors counting more.",
            article="RMSE = sqrt(mean (output - target)^2), in the target's units. Far above the mean absolute error it tells of a few rows "
            "that are far off. Chai and Draxler 2014.",
            higher_is_better=False,
        ),
        _numbers(
            "median_absolute_error",
            key="median_absolute_error",
            label="Median absolute error",
            summary="The distance that half of the rows keep within.",
            article="The median of |output - target|: no outlier can move it, and it says nothing of the worse half. Rousseeuw 1984.",
            higher_is_better=False,
        ),
        _numbers(
            "r2",
            key="r2",
            label="R²",
            summary="The share of the target's variance that is accounted for; 0 is no better than their mean.",
            article="R2 = 1 - sum (output - target)^2 / sum (target - mean target)^2. Below 0 the mean of these rows would be the better "
            "answer. Wright 1921.",
            higher_is_better=True,
        ),
        _numbers(
            "explained_variance",
            key="explained_variance",
            label="Explained variance",
            summary="As R², with a constant offset forgiven.",
            article="1 - Var(output - target) / Var(target). Where it is above R2, the outputs are too large or too small on the whole, and "
            "adding a constant would help. Pedregosa et al. 2011.",
            higher_is_better=True,
        ),
    ),
)
