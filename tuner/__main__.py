"""`python -m tuner` is the command `loss-weight-tuner`."""

from tuner.cli import main

if __name__ == "__main__":
    main()
