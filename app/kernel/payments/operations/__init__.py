"""Everything that changes payments: paying, notices of the channel, refunding, bills."""
