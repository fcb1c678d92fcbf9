"""What is wrong with a command line beyond what argparse can see."""


class UsageProblem(ValueError):
    """The person must word the command line differently."""
