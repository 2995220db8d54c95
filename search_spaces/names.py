"""Every parameter, attribute and column name, spelled once.

Parameter names are what Optuna stores; attribute names are the keys of an Optuna trial's or study's `user_attrs`; column
names are those of the report tables. Standard library only, so that every other module may import it.
"""

# Optuna parameters, also columns of the ranking.
LEARNING_RATE = "learning_rate"
OPTIMIZER = "optimizer"
LOSS_PREFIX = "loss/"
WEIGHT_PREFIX = "weight/"
HYPERPARAMETER_PREFIX = "hp/"

_NAME_BYTES = 200

SEMANTICS = 2
"""What a stored number means: the next number wherever a release computes something otherwise. Studies without it have 1."""

# Attributes of a study.
STUDY = "loss_weight_tuner"
CONFIRM = "loss_weight_tuner_confirm"
JUDGING = "loss_weight_tuner_judging"
LEASE_PREFIX = "loss_weight_tuner_lease/"
DECISION_PREFIX = "loss_weight_tuner_agreed/"
AGREEMENT = "trained_as_fit/"
AGREEMENT_PREFIX = DECISION_PREFIX + AGREEMENT

# Attributes of a trial.
CANDIDATE = "candidate"
SEED = "seed"
BASELINE = "baseline"
REPLICATE_OF = "replicate_of"
WORKER = "worker"
KEY = "key"
OUTCOME = "outcome"

# What a trial's key begins with: of two queued trials with the same key the first one is run.
AGAIN_PREFIX = "again:"
BASELINE_PREFIX = "baseline:"
REPLICATE_PREFIX = "replicate:"

# Baselines.
CURRENT = "current"
EQUAL = "equal"
SINGLE_PREFIX = "single:"
POLICY_PREFIX = "policy:"

# How a trial ended.
COMPLETE = "complete"
PRUNED = "pruned"
DIVERGED = "diverged"
FAILED = "failed"
INTERRUPTED = "interrupted"
WITHDRAWN = "withdrawn"
RUNNING = "running"

# Further columns of the ranking.
RANK = "rank"
TRIAL = "trial"
SHARE_PREFIX = "share/"
FRONT = "front"
HYPERVOLUME_CONTRIBUTION = "hypervolume_contribution"
DELTA_M = "delta_m"
EPOCHS = "epochs"
SECONDS = "seconds"
STATE = "state"
REASON = "reason"

# Columns of the price of compromise, and of the hypervolume over time.
BEST = "best"
BEST_TRIAL = "best_trial"
ALONE = "alone"
PICKED = "picked"
HYPERVOLUME = "hypervolume"

# Columns of what the searched parameters do.
PARAMETER = "parameter"
VALUE = "value"
IMPORTANCE = "importance"
SHARE = "share"
MEDIAN = "median"
OUTPUT = "output"

# Columns of the table of weighting policies.
POLICY = "policy"
TRIALS = "trials"

# Columns of the replicates and of what they say.
TEST_PREFIX = "test/"
FOLD_SD_PREFIX = "fold_sd/"
DATA = "data"
OBJECTIVE = "objective"
REPLICATES = "replicates"
MEAN = "mean"
LOW = "low"
HIGH = "high"
STANDARD_DEVIATION = "standard_deviation"
RUN_LOW = "run_low"
RUN_HIGH = "run_high"
SEARCHED = "searched"
OPTIMISM = "optimism"
AGAINST = "against"
DIFFERENCE = "difference"
DIFFERENCE_LOW = "difference_low"
DIFFERENCE_HIGH = "difference_high"
P_VALUE = "p_value"
P_HOLM = "p_holm"
CHANGE = "change"
PICK = "pick"
FAILURES = "failures"
FRONT_PROBABILITY = "front_probability"
PICK_PROBABILITY = "pick_probability"
REQUIRED_PROBABILITY = "required_probability"

# What the seeds of replicates are for; those of one stage both choose and judge.
STAGE = "stage"
CHOOSING = "choosing"
JUDGED = "judging"
BOTH = "both"

# Data that replicates are measured on.
VALIDATION = "validation"
TEST = "test"

# What an output does against the reference.
BETTER = "better"
WORSE = "worse"

# What the verdict can be.
GAIN = "gain"
TRADE_OFF = "trade-off"
NO_GAIN = "no significant gain"
UNKNOWN = "unknown"


def loss(output: str) -> str:
    """Name of the parameter and column that says which loss the output has."""
    return LOSS_PREFIX + output


def loss_place(output: str, at: int | str) -> str:
    """Where a loss of the output stands in a study: its position in the space, or `current`."""
    return f"{output}/loss/{at}"


def optimizer_place(at: int | str) -> str:
    """Where an optimizer stands in a study: its position in the space, or `current`."""
    return f"{OPTIMIZER}/{at}"


def weight(output: str) -> str:
    """Name of the parameter and column with the output's raw loss weight."""
    return WEIGHT_PREFIX + output


def share(output: str) -> str:
    """Name of the column with the output's weight divided by the sum of all weights."""
    return SHARE_PREFIX + output


def hyperparameter(name: str) -> str:
    """Name of the parameter and column of a hyperparameter that the build function asked for."""
    return HYPERPARAMETER_PREFIX + name


def test(objective: str) -> str:
    """Name of the column with an objective's value on test data."""
    return TEST_PREFIX + objective


def fold_sd(objective: str) -> str:
    """Name of the column with the standard deviation of an objective over folds."""
    return FOLD_SD_PREFIX + objective


def single(output: str) -> str:
    """Name of the baseline that trains this output alone."""
    return SINGLE_PREFIX + output


def policy(name: str) -> str:
    """Name of the baseline whose weights this weighting policy sets at every step."""
    return POLICY_PREFIX + name


def was_run(state: str | None) -> bool:
    """Whether a trial that ended so was trained until it ended by itself; others are run again, or were one too many."""
    return state not in (INTERRUPTED, WITHDRAWN)


def is_policy(baseline: str) -> bool:
    """Whether a baseline is one of a weighting policy."""
    return baseline.startswith(POLICY_PREFIX)


def is_deployable(baseline: str) -> bool:
    """Whether fixed weights describe a trial of this baseline (or of none), and all of its outputs were trained."""
    return not baseline.startswith((SINGLE_PREFIX, POLICY_PREFIX))


def is_project_name(value: object) -> bool:
    """Whether a study can be called so: its folder has the same name, and lies in the folder of all studies."""
    if not isinstance(value, str) or not value.strip().strip(".") or not value.isprintable():
        return False
    return not set(value) & set("/\\\0") and len(value.encode(errors="surrogatepass")) <= _NAME_BYTES
