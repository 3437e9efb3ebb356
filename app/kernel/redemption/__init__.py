"""核销: what was bought is redeemed with a code, use by use, at a store; each use's money goes to the merchant that redeemed it."""
