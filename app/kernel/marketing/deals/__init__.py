"""Limited-time deals on what a trade sells: seckill, and groups that buy together (拼团). Neutral to trades, who name what may be in a deal."""
