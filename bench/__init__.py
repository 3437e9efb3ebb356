"""What we measure, each beside a limit that is real code run on the same machine in the same minute."""
