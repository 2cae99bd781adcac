package orchestrate

import (
	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/functions/orchestrate/signing/yousign"
)

// signatureService is the service that contracts are signed at, as sealed messages and the addresses of webhooks name it.
// Another one is a folder in signing, and what stands in this file.
const signatureService = yousign.Name

// connect makes the client of the signature service.
func connect(c signing.Config) signing.Service { return yousign.New(c) }
