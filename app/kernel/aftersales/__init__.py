"""After the sale: refund requests, the merchant's answer, and refunds to the fen, before and after completion and settlement."""
