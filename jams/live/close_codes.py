"""WebSocket close codes. Of the 1xxx codes, autobahn lets an application send only 1000.

`static/js/live/socket.js` handles each of them on the page.
"""

TOO_MANY_MESSAGES = 4008  # the page sends messages, which nothing reads
SHUTTING_DOWN = 4012  # this process is stopping; the page reconnects after a random delay
TOO_SLOW = 4013  # the page reads too slowly; it may reconnect and then gets the whole board
TOO_LARGE = 4014  # the board does not fit into a message; the page polls
JAM_GONE = 4404  # the jam no longer exists; the page reloads and does not reconnect
