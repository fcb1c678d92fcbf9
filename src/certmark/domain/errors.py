"""What is wrong with a command line beyond what argparse can see."""


class UsageProblem(ValueError):
    """The person must word the command line differently."""


class EnvironmentProblem(Exception):
    """The cloud, the suite or this machine does not let the command begin or go on; the message says what to do."""
