"""Reviews: stars, words, and pictures of those who bought, the merchant's reply, and the scores that customers see."""
