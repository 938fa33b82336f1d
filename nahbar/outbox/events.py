from django.dispatch import Signal

# Sent with `message`, `old` and `new` (State), inside the transaction that moves the message.
message_fate = Signal()
