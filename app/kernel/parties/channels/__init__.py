"""Other firms that know or reach people: the WeChat login service, the SMS provider. They touch no database."""
