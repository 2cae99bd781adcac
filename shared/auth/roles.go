package auth

import (
	"strings"

	"github.com/paraphe/paraphe/shared/function"
)

// RoleNames is a setting: what an issuer calls our roles, "paraphe-admins=administrator,staff=manager". Whoever has
// several is what stands first.
type RoleNames []roleName

type roleName struct {
	theirs string
	ours   Role
}

// Decode implements envconfig.Decoder.
func (n *RoleNames) Decode(value string) error {
	*n = nil
	for part := range strings.SplitSeq(value, ",") {
		at := strings.LastIndexByte(part, '=')
		if at < 1 {
			return function.Malformed("it must be a list of name=role, for example admins=administrator,staff=manager")
		}
		name := roleName{strings.TrimSpace(part[:at]), Role(strings.TrimSpace(part[at+1:]))}
		if name.theirs == "" || name.ours != Customer && name.ours != Manager && name.ours != Administrator {
			return function.Malformed("each role must be customer, manager or administrator, for example staff=manager")
		}
		*n = append(*n, name)
	}
	return nil
}

// of is the role of somebody who holds these, and whether there is one.
func (n RoleNames) of(held map[string]bool) (Role, bool) {
	for _, name := range n {
		if held[name.theirs] {
			return name.ours, true
		}
	}
	return "", false
}

// held reads a claim that is one name or a list of them. The claim has this name or, else, stands where this path
// leads: Keycloak has realm_access.roles, and Auth0 wants claims that are named as addresses, with dots in them.
func held(claims map[string]any, path string) map[string]bool {
	value, there := claims[path]
	if !there {
		value = claims
		for step := range strings.SplitSeq(path, ".") {
			object, _ := value.(map[string]any)
			value = object[step]
		}
	}
	all := map[string]bool{}
	list, many := value.([]any)
	if !many {
		list = []any{value}
	}
	for _, one := range list {
		if name := text(one); name != "" {
			all[name] = true
		}
	}
	return all
}
