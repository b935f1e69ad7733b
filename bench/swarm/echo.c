/* The least that can be a service: whatever datagram comes to UDP port 5683 goes back. Asked anything on its command line,
   as a health check asks, it says that all is well. The engine's own share of a start is what this takes to answer. */
#include <netinet/in.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(5683)};
    int line = socket(AF_INET, SOCK_DGRAM, 0);
    char data[2048];

    (void)argv;
    if (argc > 1)
        return 0;
    if (line < 0 || bind(line, (struct sockaddr *)&here, sizeof here) != 0)
        return 1;
    for (;;) {
        struct sockaddr_in sender;
        socklen_t length = sizeof sender;
        ssize_t size = recvfrom(line, data, sizeof data, 0, (struct sockaddr *)&sender, &length);
        if (size >= 0)
            sendto(line, data, (size_t)size, 0, (struct sockaddr *)&sender, length);
    }
}
