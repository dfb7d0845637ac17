"""The close codes of our WebSockets. autobahn lets an application send none of the 1xxx codes except 1000.

`static/js/live/socket.js` knows what a page does after each of them.
"""

TOO_MANY_MESSAGES = 4008  # the page sends messages, though nothing reads them
SHUTTING_DOWN = 4012  # this process is stopping; the page reconnects after a random delay
TOO_SLOW = 4013  # the page does not read; it may reconnect and then gets the whole board
TOO_LARGE = 4014  # the board does not fit into a message; the page polls
JAM_GONE = 4404  # the jam no longer exists; the page reloads and does not reconnect
