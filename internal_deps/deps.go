//go:build deps

package deps

import (
	_ "codeberg.org/go-pdf/fpdf"
	_ "github.com/MicahParks/keyfunc/v3"
	_ "github.com/chromedp/chromedp"
	_ "github.com/cloudevents/sdk-go/sql/v2"
	_ "github.com/cloudevents/sdk-go/sql/v2/parser"
	_ "github.com/cloudevents/sdk-go/v2"
	_ "github.com/fergusstrange/embedded-postgres"
	_ "github.com/go-fonts/liberation/liberationsansregular"
	_ "github.com/golang-jwt/jwt/v5"
	_ "github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/kelseyhightower/envconfig"
	_ "github.com/robfig/cron/v3"
	_ "github.com/santhosh-tekuri/jsonschema/v6"
	_ "github.com/sendgrid/sendgrid-go"
	_ "github.com/wneessen/go-mail"
	_ "go.etcd.io/bbolt"
	_ "golang.org/x/crypto/argon2"
	_ "golang.org/x/image/font/sfnt"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/text/unicode/norm"
	_ "sigs.k8s.io/yaml"
)
