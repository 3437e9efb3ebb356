"""What every trade shares, one package per capability."""
