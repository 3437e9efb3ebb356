"""What happens to complaints."""
