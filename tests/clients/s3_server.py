"""A local S3 for tests, in an environment of its own: moto's server needs older packages than the bot.

Each line on standard input, `stop` or `start`, does that, and is answered by a line with the port. What it holds stays.
"""

import sys
from itertools import chain

from moto.server import ThreadedMotoServer


def main() -> None:
    """Serve until the end of standard input."""
    port, server = 0, None
    for verb in chain(["start"], map(str.strip, sys.stdin)):
        if verb == "start":
            server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
            server.start()
            _, port = server.get_host_and_port()
        elif server is not None:
            server.stop()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
