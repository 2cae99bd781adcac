package function

import (
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"
)

// NewBoot gives the function of this name the real environment, clock, log and broker.
func NewBoot(name string) Boot {
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: logLevel()})).With("function", name)
	return Boot{
		Name:    name,
		Now:     time.Now,
		Log:     log,
		Lookup:  os.LookupEnv,
		Publish: Sink{Address: brokerAddress(), Client: NewClient(publishTimeout), Identity: identityFile},
	}
}

// NewClient makes an HTTP client that gives up after timeout and follows no redirects: no address that the
// functions call has a reason to send them elsewhere.
func NewClient(timeout time.Duration) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64 // the default of 2 would open a connection for almost every event
	return &http.Client{
		Timeout:       timeout,
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// brokerAddress is K_SINK, which a SinkBinding injects, or BROKER_URL.
func brokerAddress() string {
	if sink := os.Getenv("K_SINK"); sink != "" {
		return sink
	}
	return os.Getenv("BROKER_URL")
}

func logLevel() slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(strings.TrimSpace(os.Getenv("LOG_LEVEL")))); err != nil {
		return slog.LevelInfo
	}
	return level
}
