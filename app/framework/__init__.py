"""Flask-AppBuilder, SQLAlchemy, the API, the queue, and the scheduler in our house style."""
