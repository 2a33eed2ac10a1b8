/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query ChildrenOfFlow($id: ID!) {\n    run(id: $id) {\n      cost\n      children { nodes { __typename kind model status evaluation { selected } ... on InteractionRun { interaction { id } } } }\n    }\n  }\n": typeof types.ChildrenOfFlowDocument,
    "\n  mutation DeleteEnvironmentOfPolicy($id: ID!) {\n    deleteEnvironment(id: $id) { __typename ... on Error { message } }\n  }\n": typeof types.DeleteEnvironmentOfPolicyDocument,
    "\n  mutation ExecuteCached($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on InteractionRun { id status result isCached cost tokenUse { total } attempts { model } }\n    }\n  }\n": typeof types.ExecuteCachedDocument,
    "\n  query ChildrenOfCached($id: ID!) {\n    run(id: $id) { children { nodes { id status result isCached source { type } attempts { model } } } }\n  }\n": typeof types.ChildrenOfCachedDocument,
    "\n  mutation RecordPayloadsOfCached($id: ID!, $input: ProjectInput!) {\n    updateProject(id: $id, input: $input) { __typename }\n  }\n": typeof types.RecordPayloadsOfCachedDocument,
    "query ProjectOfCached { viewer { project { id } } }": typeof types.ProjectOfCachedDocument,
    "\n  mutation RenameEnvironmentOfCached($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) { __typename }\n  }\n": typeof types.RenameEnvironmentOfCachedDocument,
    "\n  mutation MakeQueueingProject($name: String!) {\n    createProject(input: { name: $name }) { __typename ... on Project { id } }\n  }\n": typeof types.MakeQueueingProjectDocument,
    "\n  mutation MakeQueueingKey {\n    createApiKey(input: { name: \"own\", role: ADMIN }) { __typename ... on CreatedApiKey { secret } }\n  }\n": typeof types.MakeQueueingKeyDocument,
    "\n  mutation UpdatePrices($id: ID!, $input: ProjectInput!) {\n    updateProject(id: $id, input: $input) {\n      __typename\n      ... on Project {\n        prices { model prompt result }\n        budget {\n          tokensPerDay tokensPerMonth costPerDay costPerMonth\n          usedToday { tokens cost }\n          usedThisMonth { tokens cost }\n        }\n      }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.UpdatePricesDocument,
    "\n  mutation UpdateBudgetOfKey($id: ID!, $budget: BudgetInput) {\n    updateApiKey(id: $id, budget: $budget) {\n      __typename\n      ... on ApiKey { budget { tokensPerDay costPerMonth usedToday { tokens } } }\n    }\n  }\n": typeof types.UpdateBudgetOfKeyDocument,
    "\n  mutation ExecuteForCost($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on InteractionRun { id status cost attempts { cost } error { code message } }\n      ... on RateLimitedError { message retryAfterMs }\n    }\n  }\n": typeof types.ExecuteForCostDocument,
    "\n  mutation EmbedForBudget($id: ID!, $texts: [String!]!) {\n    embed(environmentId: $id, texts: $texts) { __typename ... on Embeddings { tokens } }\n  }\n": typeof types.EmbedForBudgetDocument,
    "query ViewerOfBudget { viewer { project { id } } }": typeof types.ViewerOfBudgetDocument,
    "query SearchByCost($search: String) { runs(search: $search) { totalCount } }": typeof types.SearchByCostDocument,
    "\n  query ChildrenOfRun($id: ID!, $search: String) {\n    runs(filter: { parent: [$id] }, search: $search) {\n      nodes {\n        id name kind status result model\n        parent { id }\n        environment { id }\n        evaluation { score selected scores { model score environment { id } } }\n        attempts { model }\n      }\n    }\n  }\n": typeof types.ChildrenOfRunDocument,
    "\n  mutation UpdateVirtualEnvironment($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) {\n      __typename\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.UpdateVirtualEnvironmentDocument,
    "\n  mutation DeleteMember($id: ID!) { deleteEnvironment(id: $id) { __typename } }\n": typeof types.DeleteMemberDocument,
    "\n  query VirtualModels($id: ID!) { environment(id: $id) { models { id name provider } } }\n": typeof types.VirtualModelsDocument,
    "subscription FollowShortly($id: ID!) { runStream(id: $id) { __typename } }": typeof types.FollowShortlyDocument,
    "mutation DeleteKeyOfReader($id: ID!) { deleteApiKey(id: $id) { __typename } }": typeof types.DeleteKeyOfReaderDocument,
    "subscription FollowUpdatesShortly { runUpdates { id } }": typeof types.FollowUpdatesShortlyDocument,
    "query RunStatus($id: ID!) { run(id: $id) { status } }": typeof types.RunStatusDocument,
    "\n  query RateLimitPulse { viewer { principalId } }\n": typeof types.RateLimitPulseDocument,
    "\n  mutation LimitedExecute($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on RateLimitedError { code message retryAfterMs }\n    }\n  }\n": typeof types.LimitedExecuteDocument,
    "\n  query CountRunsWithinRate { runs { totalCount } }\n": typeof types.CountRunsWithinRateDocument,
    "\n  subscription RelayedUpdates {\n    runUpdates { id status }\n  }\n": typeof types.RelayedUpdatesDocument,
    "\n  query RunElsewhere($id: ID!) {\n    run(id: $id) {\n      id status model warnings tags\n      attempts { provider model remoteRun tokenUse { prompt result total } error { code } }\n      tokenUse { total }\n      ... on InteractionRun { prompt { role content } resultSchema interaction { name version } }\n    }\n  }\n": typeof types.RunElsewhereDocument,
    "\n  query SearchElsewhere($search: String!, $environment: ID!) {\n    runs(search: $search, filter: { environment: [$environment] }) {\n      totalCount\n      facets(fields: [MODEL, STATUS]) { buckets { value count } }\n    }\n  }\n": typeof types.SearchElsewhereDocument,
    "\n  mutation UpdateImported($id: ID!, $input: InteractionInput!) {\n    updateInteraction(id: $id, input: $input) {\n      __typename\n      ... on Interaction { id name model }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.UpdateImportedDocument,
    "\n  mutation RemoveImported($id: ID!) {\n    deleteInteraction(id: $id) { __typename }\n  }\n": typeof types.RemoveImportedDocument,
    "\n  mutation GenerateElsewhere($input: GenerateInput!) {\n    generate(input: $input) {\n      __typename\n      ... on FlowRun {\n        id kind name status result input model endUser warnings tags\n        flow { id name remoteId }\n        environment { id }\n        steps { key }\n        error { code message }\n        attempts { provider remoteRun error { code } }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.GenerateElsewhereDocument,
    "\n  mutation DescribeRemoteFlow($id: ID!, $input: FlowDefinition!) {\n    updateFlow(id: $id, input: $input) {\n      __typename\n      ... on Flow { id name inputs { name required } }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.DescribeRemoteFlowDocument,
    "\n  query OriginalExecution($id: ID!) {\n    run(id: $id) { attempts { remoteRun tokenUse { total } } }\n  }\n": typeof types.OriginalExecutionDocument,
    "\n  query ExecutionsThere {\n    runs(filter: { kind: [DEPLOYMENT] }, first: 1) {\n      nodes {\n        status tags input\n        ... on DeploymentRun { executionId files { name sha256 status result tokenUse { total } } }\n      }\n    }\n  }\n": typeof types.ExecutionsThereDocument,
    "\n  query AttemptsElsewhere($id: ID!) {\n    run(id: $id) { id status model attempts { provider model remoteRun tokenUse { total } error { code } } }\n  }\n": typeof types.AttemptsElsewhereDocument,
    "\n  query SearchFilesElsewhere($search: String!) {\n    runs(search: $search) { totalCount facets(fields: [DEPLOYMENT, MODEL]) { buckets { value count } } }\n  }\n": typeof types.SearchFilesElsewhereDocument,
    "query TokensOfRun($id: ID!) { run(id: $id) { tokenUse { prompt result total } warnings } }": typeof types.TokensOfRunDocument,
    "\n  query Contents($folder: [ID!], $tags: [String!]) {\n    contents(folder: $folder, tags: $tags, first: 10) { totalCount nodes { name } }\n    folders { name contentsCount }\n    tags { name contentsCount }\n  }\n": typeof types.ContentsDocument,
    "\n  query ContentById($id: ID!) { content(id: $id) { name tags text } node(id: $id) { __typename } }\n": typeof types.ContentByIdDocument,
    "\n  mutation DeleteContent($id: ID!) { deleteContent(id: $id) { __typename ... on Error { message } } }\n": typeof types.DeleteContentDocument,
    "\n  mutation ChangeFolder($id: ID!) {\n    updateFolder(id: $id, input: { name: \"Guides\", description: \"How to\" }) {\n      __typename\n      ... on Folder { name description }\n    }\n    deleteFolder(id: $id) { __typename ... on Error { message } }\n  }\n": typeof types.ChangeFolderDocument,
    "\n  mutation ChangeTag($id: ID!) {\n    updateTag(id: $id, input: { name: \"renamed\" }) { __typename ... on Tag { name } }\n  }\n": typeof types.ChangeTagDocument,
    "\n  mutation DeleteTag($id: ID!) { deleteTag(id: $id) { __typename } }\n": typeof types.DeleteTagDocument,
    "mutation RemoveUsedEnvironment($id: ID!) { deleteEnvironment(id: $id) { ... on Error { code message } } }": typeof types.RemoveUsedEnvironmentDocument,
    "query WhoAmI { viewer { role } }": typeof types.WhoAmIDocument,
    "\n  mutation ForkTagged($id: ID!, $keepTags: Boolean) {\n    forkInteraction(id: $id, keepTags: $keepTags) {\n      __typename\n      ... on Interaction { id name tags status }\n      ... on Error { message }\n    }\n  }\n": typeof types.ForkTaggedDocument,
    "\n  query Forks($id: ID!) { interaction(id: $id) { forks { totalCount nodes { id } } } }\n": typeof types.ForksDocument,
    "\n  mutation ForkPrompt($id: ID!, $name: String) {\n    forkPrompt(id: $id, name: $name) {\n      __typename\n      ... on Prompt { id name content version }\n      ... on Error { message }\n    }\n  }\n": typeof types.ForkPromptDocument,
    "\n  query PromptWithVersions($id: ID!, $data: JSONObject) {\n    prompt(id: $id) { versions { totalCount nodes { id version content } } }\n    renderPrompt(id: $id, data: $data) { role content }\n  }\n": typeof types.PromptWithVersionsDocument,
    "\n  query InteractionFacets($filter: InteractionFilter) {\n    interactionFacets(fields: [TAGS, STATUS], filter: $filter) { total facets { field buckets { value count } } }\n  }\n": typeof types.InteractionFacetsDocument,
    "\n  mutation Embed($environmentId: ID!, $texts: [String!]!) {\n    embed(environmentId: $environmentId, texts: $texts) {\n      __typename\n      ... on Embeddings { model vectors tokens }\n      ... on Error { message }\n    }\n  }\n": typeof types.EmbedDocument,
    "\n  mutation UpdateApiKey($id: ID!, $name: String, $role: Role) {\n    updateApiKey(id: $id, name: $name, role: $role) {\n      __typename\n      ... on ApiKey { id name role kind }\n      ... on Error { message }\n    }\n  }\n": typeof types.UpdateApiKeyDocument,
    "\n  mutation DeleteApiKey($id: ID!) {\n    deleteApiKey(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }\n  }\n": typeof types.DeleteApiKeyDocument,
    "\n  mutation TestEnvironment($id: ID!, $model: String) {\n    testEnvironment(id: $id, model: $model) {\n      __typename\n      ... on EnvironmentTest { ok model executionTimeMs error { code message isRetryable path } }\n      ... on Error { message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.TestEnvironmentDocument,
    "query RunsAfterEnvironmentTests { runs { totalCount } }": typeof types.RunsAfterEnvironmentTestsDocument,
    "\n  mutation UpdateEnvironment($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) {\n      __typename\n      ... on Environment { id name endpoint hasCredentials enabledModels policy }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.UpdateEnvironmentDocument,
    "\n  mutation DeleteEnvironment($id: ID!) {\n    deleteEnvironment(id: $id) { __typename ... on Error { message } }\n  }\n": typeof types.DeleteEnvironmentDocument,
    "\n  query EnvironmentModels($id: ID!) { environment(id: $id) { models { id name provider streams } } }\n": typeof types.EnvironmentModelsDocument,
    "\n  subscription EnvironmentRunStream($id: ID!) {\n    runStream(id: $id) {\n      __typename\n      ... on RunChunk { text }\n      ... on RunClosed { run { status result error { code isRetryable } warnings } }\n    }\n  }\n": typeof types.EnvironmentRunStreamDocument,
    "\n        query EnvironmentSecrets { environments { id externalId name description provider endpoint hasCredentials policy } }\n      ": typeof types.EnvironmentSecretsDocument,
    "\n    query CountRuns { runs(first: 0) { totalCount } }\n  ": typeof types.CountRunsDocument,
    "\n    mutation ExecuteWithLiteral($id: ID!, $object: JSON) {\n      execute(input: { interactionId: $id, data: { object: $object, list: [1, { a: $object }] } }) {\n        ... on InteractionRun { input }\n      }\n    }\n  ": typeof types.ExecuteWithLiteralDocument,
    "\n    mutation RecordMetadata($id: ID!) {\n      updateProject(id: $id, input: { recordPayloads: METADATA }) { __typename ... on Project { recordPayloads } }\n    }\n  ": typeof types.RecordMetadataDocument,
    "\n    query ViewerProject { viewer { principalType role project { id slug account { name } } } }\n  ": typeof types.ViewerProjectDocument,
    "\n    query PreviewPrompt($specifier: String, $data: JSONObject) {\n      previewPrompt(specifier: $specifier, data: $data) { messages { role content } tokens }\n    }\n  ": typeof types.PreviewPromptDocument,
    "\n  query FindRuns($query: JSONObject!, $first: Int) {\n    findRuns(query: $query, first: $first) {\n      totalCount\n      nodes { id object }\n      facets(fields: [STATUS]) { buckets { value count } }\n    }\n  }\n": typeof types.FindRunsDocument,
    "\n  query FlowById($id: ID!) {\n    flow(id: $id) { id name }\n    node(id: $id) { __typename id }\n    flows(first: 2) { totalCount nodes { id } }\n  }\n": typeof types.FlowByIdDocument,
    "\n  mutation DeleteFlow($id: ID!) {\n    deleteFlow(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }\n  }\n": typeof types.DeleteFlowDocument,
    "\n  mutation DeleteParts($prompt: ID!, $environment: ID!, $folder: ID!) {\n    deletePrompt(id: $prompt) { __typename ... on Error { message } }\n    deleteEnvironment(id: $environment) { __typename ... on Error { message } }\n    deleteFolder(id: $folder) { __typename ... on Error { message } }\n  }\n": typeof types.DeletePartsDocument,
    "\n  query FoundFlows($search: String, $flow: [ID!], $endUser: [String!]) {\n    runs(search: $search, filter: { flow: $flow, endUser: $endUser, kind: [FLOW] }) {\n      totalCount\n      nodes { __typename id }\n      facets(fields: [FLOW, END_USER, RATING]) {\n        field\n        buckets { value count node { __typename id } }\n      }\n    }\n  }\n": typeof types.FoundFlowsDocument,
    "\n  query FlowRunNode($id: ID!) { node(id: $id) { __typename ... on FlowRun { steps { key } } } }\n": typeof types.FlowRunNodeDocument,
    "\n  mutation ProposeTestData($id: ID!, $count: Int, $config: ExecutionConfigInput) {\n    proposeTestData(id: $id, count: $count, message: \"All from Rome\", config: $config) {\n      __typename\n      ... on ProposedTestData { items run { status source { type } error { code } interaction { id } prompt { content } } }\n      ... on Error { message }\n    }\n  }\n": typeof types.ProposeTestDataDocument,
    "\n  mutation SuggestImprovements($id: ID!) {\n    suggestPromptImprovements(id: $id) {\n      __typename\n      ... on PromptImprovements { text run { source { type } } }\n      ... on Error { message }\n    }\n  }\n": typeof types.SuggestImprovementsDocument,
    "\n  mutation ProposeInteraction($id: ID!) {\n    proposeInteraction(id: $id, description: \"Sums up contracts\") {\n      __typename\n      ... on InteractionProposal {\n        interaction { name description prompts { role name content } inputSchema resultSchema }\n        run { prompt { content } }\n      }\n      ... on Error { message }\n    }\n  }\n": typeof types.ProposeInteractionDocument,
    "\n  query RunFacets($facets: [RunFacetInput!]!, $filter: RunFilter) {\n    runFacets(facets: $facets, filter: $filter) {\n      total\n      facets {\n        name field otherCount\n        buckets { value count node { __typename id ... on Interaction { name } ... on Environment { name } } }\n      }\n    }\n  }\n": typeof types.RunFacetsDocument,
    "\n  query RunFilterOptions($field: RunFacetField!, $filter: RunFilter) {\n    runFilterOptions(field: $field, filter: $filter) { value label count }\n  }\n": typeof types.RunFilterOptionsDocument,
    "\n  query Runs($filter: RunFilter, $orderBy: RunOrder, $first: Int, $after: String, $last: Int, $before: String) {\n    runs(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {\n      edges { cursor node { id } }\n      nodes { id }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n": typeof types.RunsDocument,
    "\n  query RunScreen {\n    runs(first: 20) {\n      nodes {\n        id status\n        environment { id name }\n        ... on InteractionRun { interaction { id name } }\n      }\n    }\n  }\n": typeof types.RunScreenDocument,
    "\n  query CountedRuns($filter: RunFilter) {\n    runs(first: 1, filter: $filter) {\n      totalCount\n      facets(fields: [STATUS, TAGS]) { name field buckets { value count } otherCount }\n    }\n  }\n": typeof types.CountedRunsDocument,
    "\n      query Family($id: ID!) {\n        run(id: $id) { parent { id } children { nodes { id } } }\n      }\n    ": typeof types.FamilyDocument,
    "\n  subscription RunStream($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunClosed { id run { id status result error { code } } }\n    }\n  }\n": typeof types.RunStreamDocument,
    "\n  subscription RunUpdates($filter: RunFilter, $since: DateTime) {\n    runUpdates(filter: $filter, since: $since) { id status updatedAt environment { name } }\n  }\n": typeof types.RunUpdatesDocument,
    "\n  mutation RenameEnvironment($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) { __typename }\n  }\n": typeof types.RenameEnvironmentDocument,
    "subscription CloseRun($id: ID!) { runStream(id: $id) { __typename } }": typeof types.CloseRunDocument,
    "\n  query SearchRuns($search: String, $filter: RunFilter) {\n    runs(search: $search, filter: $filter, first: 50) {\n      totalCount\n      nodes { name object }\n      facets(fields: [MODEL]) { buckets { value count } }\n    }\n    runFacets(search: $search, filter: $filter, facets: [{ field: STATUS }]) { total }\n  }\n": typeof types.SearchRunsDocument,
    "query SlowList { runs(search: \"parameters.text:[a TO b]\") { nodes { id } } }": typeof types.SlowListDocument,
    "query SlowTotal { runs(search: \"parameters.text:[a TO b]\", first: 0) { totalCount } }": typeof types.SlowTotalDocument,
    "query SlowFacets { runFacets(search: \"parameters.text:[a TO b]\", facets: [{ field: STATUS }]) { total } }": typeof types.SlowFacetsDocument,
    "\n  query InteractionBySpecifier($id: ID, $specifier: String) {\n    interaction(id: $id, specifier: $specifier) { id status version tags }\n  }\n": typeof types.InteractionBySpecifierDocument,
    "\n    mutation UpdatePromptContent($id: ID!, $input: PromptInput!) {\n      updatePrompt(id: $id, input: $input) { __typename ... on Prompt { id version content } ... on Error { message } }\n    }\n  ": typeof types.UpdatePromptContentDocument,
    "\n    query PromptsOfVersions($ids: [ID!]!) {\n      nodes(ids: $ids) { ... on Interaction { prompts { id version content } } }\n    }\n  ": typeof types.PromptsOfVersionsDocument,
    "\n  query Viewer { viewer { principalId principalType role project { id name slug } } }\n": typeof types.ViewerDocument,
    "\n  query ApiKeys { apiKeys { id name prefix kind role lastUsedAt revokedAt } }\n": typeof types.ApiKeysDocument,
    "\n  mutation RevokeApiKey($id: ID!) {\n    revokeApiKey(id: $id) { __typename ... on ApiKey { id revokedAt } ... on Error { message } }\n  }\n": typeof types.RevokeApiKeyDocument,
    "\n  mutation CreateProject($input: ProjectInput!) {\n    createProject(input: $input) {\n      __typename\n      ... on Project { id name slug recordPayloads retentionDays }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.CreateProjectDocument,
    "\n  mutation DeleteProject($id: ID!) {\n    deleteProject(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }\n  }\n": typeof types.DeleteProjectDocument,
    "\n  query Everything($ids: [ID!]!, $run: ID!, $environment: ID!, $prompt: ID!, $interaction: ID!) {\n    nodes(ids: $ids) { __typename id }\n    run(id: $run) { id }\n    environment(id: $environment) { id }\n    prompt(id: $prompt) { id }\n    interaction(id: $interaction) { id }\n    byName: interaction(specifier: \"Color\") { id }\n    runs { totalCount nodes { id } }\n    environments { id }\n    prompts { totalCount }\n    interactions { totalCount }\n    runFacets(facets: [{ field: STATUS }]) { total }\n  }\n": typeof types.EverythingDocument,
    "\n      query OwnRuns { runs { totalCount } runFacets(facets: [{ field: MODEL }]) { total } }\n    ": typeof types.OwnRunsDocument,
    "\n  mutation MakeOtherOrganization { createProject(input: { name: \"Other\" }) { __typename ... on Project { id } } }\n": typeof types.MakeOtherOrganizationDocument,
    "\n  mutation MakeForeignKey {\n    createApiKey(input: { name: \"foreign\", role: ADMIN }) { __typename ... on CreatedApiKey { secret } }\n  }\n": typeof types.MakeForeignKeyDocument,
    "\n  query FindExecution($id: ID!) { runs(filter: { executionId: [$id] }) { nodes { id } } }\n": typeof types.FindExecutionDocument,
    "\n  mutation StopExecution($id: ID!) { cancelRun(id: $id) { ... on RunPayload { run { status } } } }\n": typeof types.StopExecutionDocument,
    "\n  query ViewerRole { viewer { role } }\n": typeof types.ViewerRoleDocument,
    "\n  subscription FollowLarge($id: ID!) {\n    runStream(id: $id) { ... on RunClosed { run { status result input } } }\n  }\n": typeof types.FollowLargeDocument,
    "\n  query ListLarge { runs { nodes { id result input ... on InteractionRun { prompt { content } } } } }\n": typeof types.ListLargeDocument,
    "\n  mutation RecordNoSteps($id: ID!, $recordPayloads: RecordPayloads!) {\n    updateProject(id: $id, input: { recordPayloads: $recordPayloads }) { __typename }\n  }\n": typeof types.RecordNoStepsDocument,
    "\n  mutation CreateDeployment($input: DeploymentInput!) {\n    createDeployment(input: $input) {\n      __typename\n      ... on Deployment {\n        id externalId organization name displayName description isActive endpoint version model webhookUrl\n        extractions { key prompt type }\n        interaction { id }\n        environment { id }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.CreateDeploymentDocument,
    "\n  mutation UpdateDeployment($id: ID!, $input: DeploymentInput!) {\n    updateDeployment(id: $id, input: $input) {\n      __typename\n      ... on Deployment { id name displayName version isActive model extractions { key type } interaction { id } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.UpdateDeploymentDocument,
    "\n  mutation DeleteDeployment($id: ID!) {\n    deleteDeployment(id: $id) { __typename ... on DeletedPayload { id } ... on Error { code message } }\n  }\n": typeof types.DeleteDeploymentDocument,
    "\n  mutation ActivateDeployment($id: ID!) {\n    activateDeployment(id: $id) { __typename ... on Deployment { id isActive version } ... on Error { code message } }\n  }\n": typeof types.ActivateDeploymentDocument,
    "\n  mutation DeactivateDeployment($id: ID!) {\n    deactivateDeployment(id: $id) { __typename ... on Deployment { id isActive version } ... on Error { code message } }\n  }\n": typeof types.DeactivateDeploymentDocument,
    "\n  mutation RotateWebhookSecret($id: ID!) {\n    rotateWebhookSecret(id: $id) { __typename ... on WebhookSecret { secret } ... on Error { code message } }\n  }\n": typeof types.RotateWebhookSecretDocument,
    "\n  query ReadDeployment($id: ID, $organization: String, $name: String) {\n    deployment(id: $id, organization: $organization, name: $name) { id name isActive version runs { totalCount } }\n  }\n": typeof types.ReadDeploymentDocument,
    "\n  query ListDeployments($first: Int, $after: String) {\n    deployments(first: $first, after: $after) { totalCount nodes { id name } }\n  }\n": typeof types.ListDeploymentsDocument,
    "\n  mutation RunFiles($input: RunFilesInput!) {\n    runFiles(input: $input) {\n      __typename\n      ... on DeploymentRun { ...DeploymentRunParts }\n      ... on RateLimitedError { retryAfterMs }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.RunFilesDocument,
    "\n  fragment DeploymentRunParts on DeploymentRun {\n    id kind name status executionId tags result warnings input executionTimeMs\n    deployment { id name }\n    tokenUse { total }\n    attempts { model }\n    error { code message }\n    files {\n      id name type size sha256 status result pages fromHistory extractedText executionTimeMs metadata\n      error { code message }\n      tokenUse { total }\n    }\n  }\n": typeof types.DeploymentRunPartsFragmentDoc,
    "\n  query ReadDeploymentRun($id: ID!) {\n    run(id: $id) { __typename ... on DeploymentRun { ...DeploymentRunParts } }\n  }\n": typeof types.ReadDeploymentRunDocument,
    "\n  mutation CreateFlow($input: FlowDefinition!) {\n    createFlow(input: $input) {\n      __typename\n      ... on Flow {\n        id externalId name description resultType\n        inputs { name type required description default }\n        steps {\n          key name inputs model temperature maxTokens\n          prompt { id name }\n          environment { id }\n          context { folders { id name } tags maxTokens }\n        }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.CreateFlowDocument,
    "\n  mutation UpdateFlow($id: ID!, $input: FlowDefinition!) {\n    updateFlow(id: $id, input: $input) {\n      __typename\n      ... on Flow { id name description resultType inputs { name } steps { key } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.UpdateFlowDocument,
    "\n  mutation CreateFolder($name: String) {\n    createFolder(input: { name: $name }) {\n      __typename\n      ... on Folder { id name description contentsCount }\n      ... on Error { code message }\n    }\n  }\n": typeof types.CreateFolderDocument,
    "\n  mutation CreateTag($name: String) {\n    createTag(input: { name: $name }) { __typename ... on Tag { id name contentsCount } ... on Error { code message } }\n  }\n": typeof types.CreateTagDocument,
    "\n  mutation CreateContent($input: ContentInput!) {\n    createContent(input: $input) {\n      __typename\n      ... on Content {\n        id externalId name tags size type url status text\n        folder { id name }\n        error { code message isRetryable }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.CreateContentDocument,
    "\n  mutation UpdateContent($id: ID!, $input: ContentInput!) {\n    updateContent(id: $id, input: $input) {\n      __typename\n      ... on Content { id name tags size type url status text folder { id } error { code message } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.UpdateContentDocument,
    "\n  mutation Generate($input: GenerateInput!) {\n    generate(input: $input) {\n      __typename\n      ... on FlowRun {\n        id kind name status tags model input result executionTimeMs warnings endUser\n        environment { id }\n        flow { id name }\n        tokenUse { prompt result total }\n        error { code message isRetryable path }\n        attempts { model tokenUse { total } error { code } }\n        steps {\n          key status output model executionTimeMs\n          prompt { role content }\n          environment { id }\n          tokenUse { total }\n          error { code message }\n          passages { score text content { id name } }\n        }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.GenerateDocument,
    "\n  query FlowRun($id: ID!) {\n    run(id: $id) {\n      id status result\n      error { code message }\n      retryOf { id }\n      attempts { model }\n      ... on FlowRun {\n        flow { id }\n        steps { key status output executionTimeMs error { code } prompt { content } passages { text score content { name } } }\n      }\n    }\n  }\n": typeof types.FlowRunDocument,
    "\n  subscription FollowFlow($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunProgress { id step file status message }\n      ... on RunClosed { id run { id status result error { code message } } }\n    }\n  }\n": typeof types.FollowFlowDocument,
    "\n  mutation CreateEnvironment($input: EnvironmentInput!) {\n    createEnvironment(input: $input) {\n      __typename\n      ... on Environment { id name provider endpoint hasCredentials defaultModel enabledModels policy }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.CreateEnvironmentDocument,
    "\n  mutation CreatePrompt($input: PromptInput!) {\n    createPrompt(input: $input) {\n      __typename\n      ... on Prompt { id name role contentType content version inputSchema }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.CreatePromptDocument,
    "\n  mutation CreateInteraction($input: InteractionInput!) {\n    createInteraction(input: $input) {\n      __typename\n      ... on Interaction { id name endpoint status version tags visibility cachePolicy }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.CreateInteractionDocument,
    "\n  mutation PublishInteraction($id: ID!, $tags: [String!]) {\n    publishInteraction(id: $id, tags: $tags) {\n      __typename\n      ... on Interaction { id name status version tags draft { id version } prompts { id version content } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.PublishInteractionDocument,
    "\n  mutation Execute($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on InteractionRun {\n        id kind name status tags model config input result resultSchema executionTimeMs warnings endUser object\n        interaction { id name version }\n        environment { id name }\n        parent { id }\n        source { type label principalType principalId clientIp }\n        prompt { role content }\n        tokenUse { prompt result total }\n        error { code message isRetryable path }\n        attempts { provider model executionTimeMs tokenUse { total } error { code } environment { id } }\n        createdAt startedAt finishedAt\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.ExecuteDocument,
    "\n  mutation CreateApiKey($input: ApiKeyInput!) {\n    createApiKey(input: $input) {\n      __typename\n      ... on CreatedApiKey { secret apiKey { id name kind role prefix } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.CreateApiKeyDocument,
    "\n  query Run($id: ID!) {\n    run(id: $id) {\n      __typename id status result input model executionTimeMs finishedAt\n      error { code message isRetryable path }\n      ... on InteractionRun { prompt { role content } interaction { id } }\n    }\n  }\n": typeof types.RunDocument,
    "\n  mutation ImportRemote($environmentId: ID!, $externalIds: [String!]) {\n    importRemote(environmentId: $environmentId, externalIds: $externalIds) {\n      __typename\n      ... on ImportedPayload {\n        interactions {\n          id externalId remoteId name status visibility version tags description inputSchema resultSchema\n          draft { id }\n          environment { id }\n        }\n        flows { id externalId remoteId name steps { name } resultType environment { id } }\n        deployments { id externalId remoteId name isActive extractions { key } environment { id } }\n        warnings\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.ImportRemoteDocument,
    "\n  mutation CancelRun($id: ID!) {\n    cancelRun(id: $id) {\n      __typename\n      ... on RunPayload { run { id status finishedAt error { code message isRetryable } } }\n      ... on Error { code message }\n    }\n  }\n": typeof types.CancelRunDocument,
    "\n  mutation TagRun($id: ID!, $add: [String!], $remove: [String!]) {\n    tagRun(id: $id, add: $add, remove: $remove) {\n      __typename\n      ... on RunPayload { run { id tags } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.TagRunDocument,
    "\n  mutation RateRun($id: ID!, $rating: Int) {\n    rateRun(id: $id, rating: $rating) {\n      __typename\n      ... on RunPayload { run { id rating } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.RateRunDocument,
    "\n  mutation RetryRun($id: ID!, $stream: Boolean) {\n    retryRun(id: $id, stream: $stream) {\n      __typename\n      ... on RunPayload {\n        run {\n          id status result tags input model endUser\n          retryOf { id }\n          parent { id }\n          ... on InteractionRun { prompt { role content } }\n        }\n      }\n      ... on Error { code message }\n    }\n  }\n": typeof types.RetryRunDocument,
    "\n  mutation DeleteRun($id: ID!) {\n    deleteRun(id: $id) {\n      __typename\n      ... on DeletedPayload { id }\n      ... on Error { code message }\n    }\n  }\n": typeof types.DeleteRunDocument,
    "\n  mutation DeleteRuns($filter: RunFilter!) {\n    deleteRuns(filter: $filter) {\n      __typename\n      ... on DeletedRunsPayload { count }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": typeof types.DeleteRunsDocument,
    "\n  subscription FollowRun($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunProgress { id file progress: status }\n      ... on RunClosed { id run { id status result error { code message } } }\n    }\n  }\n": typeof types.FollowRunDocument,
    "\n  query ListRuns($filter: RunFilter, $first: Int) {\n    runs(filter: $filter, first: $first) { totalCount nodes { id status name tags rating } }\n  }\n": typeof types.ListRunsDocument,
    "query TracedViewer { viewer { __typename } }": typeof types.TracedViewerDocument,
};
const documents: Documents = {
    "\n  query ChildrenOfFlow($id: ID!) {\n    run(id: $id) {\n      cost\n      children { nodes { __typename kind model status evaluation { selected } ... on InteractionRun { interaction { id } } } }\n    }\n  }\n": types.ChildrenOfFlowDocument,
    "\n  mutation DeleteEnvironmentOfPolicy($id: ID!) {\n    deleteEnvironment(id: $id) { __typename ... on Error { message } }\n  }\n": types.DeleteEnvironmentOfPolicyDocument,
    "\n  mutation ExecuteCached($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on InteractionRun { id status result isCached cost tokenUse { total } attempts { model } }\n    }\n  }\n": types.ExecuteCachedDocument,
    "\n  query ChildrenOfCached($id: ID!) {\n    run(id: $id) { children { nodes { id status result isCached source { type } attempts { model } } } }\n  }\n": types.ChildrenOfCachedDocument,
    "\n  mutation RecordPayloadsOfCached($id: ID!, $input: ProjectInput!) {\n    updateProject(id: $id, input: $input) { __typename }\n  }\n": types.RecordPayloadsOfCachedDocument,
    "query ProjectOfCached { viewer { project { id } } }": types.ProjectOfCachedDocument,
    "\n  mutation RenameEnvironmentOfCached($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) { __typename }\n  }\n": types.RenameEnvironmentOfCachedDocument,
    "\n  mutation MakeQueueingProject($name: String!) {\n    createProject(input: { name: $name }) { __typename ... on Project { id } }\n  }\n": types.MakeQueueingProjectDocument,
    "\n  mutation MakeQueueingKey {\n    createApiKey(input: { name: \"own\", role: ADMIN }) { __typename ... on CreatedApiKey { secret } }\n  }\n": types.MakeQueueingKeyDocument,
    "\n  mutation UpdatePrices($id: ID!, $input: ProjectInput!) {\n    updateProject(id: $id, input: $input) {\n      __typename\n      ... on Project {\n        prices { model prompt result }\n        budget {\n          tokensPerDay tokensPerMonth costPerDay costPerMonth\n          usedToday { tokens cost }\n          usedThisMonth { tokens cost }\n        }\n      }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.UpdatePricesDocument,
    "\n  mutation UpdateBudgetOfKey($id: ID!, $budget: BudgetInput) {\n    updateApiKey(id: $id, budget: $budget) {\n      __typename\n      ... on ApiKey { budget { tokensPerDay costPerMonth usedToday { tokens } } }\n    }\n  }\n": types.UpdateBudgetOfKeyDocument,
    "\n  mutation ExecuteForCost($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on InteractionRun { id status cost attempts { cost } error { code message } }\n      ... on RateLimitedError { message retryAfterMs }\n    }\n  }\n": types.ExecuteForCostDocument,
    "\n  mutation EmbedForBudget($id: ID!, $texts: [String!]!) {\n    embed(environmentId: $id, texts: $texts) { __typename ... on Embeddings { tokens } }\n  }\n": types.EmbedForBudgetDocument,
    "query ViewerOfBudget { viewer { project { id } } }": types.ViewerOfBudgetDocument,
    "query SearchByCost($search: String) { runs(search: $search) { totalCount } }": types.SearchByCostDocument,
    "\n  query ChildrenOfRun($id: ID!, $search: String) {\n    runs(filter: { parent: [$id] }, search: $search) {\n      nodes {\n        id name kind status result model\n        parent { id }\n        environment { id }\n        evaluation { score selected scores { model score environment { id } } }\n        attempts { model }\n      }\n    }\n  }\n": types.ChildrenOfRunDocument,
    "\n  mutation UpdateVirtualEnvironment($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) {\n      __typename\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.UpdateVirtualEnvironmentDocument,
    "\n  mutation DeleteMember($id: ID!) { deleteEnvironment(id: $id) { __typename } }\n": types.DeleteMemberDocument,
    "\n  query VirtualModels($id: ID!) { environment(id: $id) { models { id name provider } } }\n": types.VirtualModelsDocument,
    "subscription FollowShortly($id: ID!) { runStream(id: $id) { __typename } }": types.FollowShortlyDocument,
    "mutation DeleteKeyOfReader($id: ID!) { deleteApiKey(id: $id) { __typename } }": types.DeleteKeyOfReaderDocument,
    "subscription FollowUpdatesShortly { runUpdates { id } }": types.FollowUpdatesShortlyDocument,
    "query RunStatus($id: ID!) { run(id: $id) { status } }": types.RunStatusDocument,
    "\n  query RateLimitPulse { viewer { principalId } }\n": types.RateLimitPulseDocument,
    "\n  mutation LimitedExecute($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on RateLimitedError { code message retryAfterMs }\n    }\n  }\n": types.LimitedExecuteDocument,
    "\n  query CountRunsWithinRate { runs { totalCount } }\n": types.CountRunsWithinRateDocument,
    "\n  subscription RelayedUpdates {\n    runUpdates { id status }\n  }\n": types.RelayedUpdatesDocument,
    "\n  query RunElsewhere($id: ID!) {\n    run(id: $id) {\n      id status model warnings tags\n      attempts { provider model remoteRun tokenUse { prompt result total } error { code } }\n      tokenUse { total }\n      ... on InteractionRun { prompt { role content } resultSchema interaction { name version } }\n    }\n  }\n": types.RunElsewhereDocument,
    "\n  query SearchElsewhere($search: String!, $environment: ID!) {\n    runs(search: $search, filter: { environment: [$environment] }) {\n      totalCount\n      facets(fields: [MODEL, STATUS]) { buckets { value count } }\n    }\n  }\n": types.SearchElsewhereDocument,
    "\n  mutation UpdateImported($id: ID!, $input: InteractionInput!) {\n    updateInteraction(id: $id, input: $input) {\n      __typename\n      ... on Interaction { id name model }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.UpdateImportedDocument,
    "\n  mutation RemoveImported($id: ID!) {\n    deleteInteraction(id: $id) { __typename }\n  }\n": types.RemoveImportedDocument,
    "\n  mutation GenerateElsewhere($input: GenerateInput!) {\n    generate(input: $input) {\n      __typename\n      ... on FlowRun {\n        id kind name status result input model endUser warnings tags\n        flow { id name remoteId }\n        environment { id }\n        steps { key }\n        error { code message }\n        attempts { provider remoteRun error { code } }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.GenerateElsewhereDocument,
    "\n  mutation DescribeRemoteFlow($id: ID!, $input: FlowDefinition!) {\n    updateFlow(id: $id, input: $input) {\n      __typename\n      ... on Flow { id name inputs { name required } }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.DescribeRemoteFlowDocument,
    "\n  query OriginalExecution($id: ID!) {\n    run(id: $id) { attempts { remoteRun tokenUse { total } } }\n  }\n": types.OriginalExecutionDocument,
    "\n  query ExecutionsThere {\n    runs(filter: { kind: [DEPLOYMENT] }, first: 1) {\n      nodes {\n        status tags input\n        ... on DeploymentRun { executionId files { name sha256 status result tokenUse { total } } }\n      }\n    }\n  }\n": types.ExecutionsThereDocument,
    "\n  query AttemptsElsewhere($id: ID!) {\n    run(id: $id) { id status model attempts { provider model remoteRun tokenUse { total } error { code } } }\n  }\n": types.AttemptsElsewhereDocument,
    "\n  query SearchFilesElsewhere($search: String!) {\n    runs(search: $search) { totalCount facets(fields: [DEPLOYMENT, MODEL]) { buckets { value count } } }\n  }\n": types.SearchFilesElsewhereDocument,
    "query TokensOfRun($id: ID!) { run(id: $id) { tokenUse { prompt result total } warnings } }": types.TokensOfRunDocument,
    "\n  query Contents($folder: [ID!], $tags: [String!]) {\n    contents(folder: $folder, tags: $tags, first: 10) { totalCount nodes { name } }\n    folders { name contentsCount }\n    tags { name contentsCount }\n  }\n": types.ContentsDocument,
    "\n  query ContentById($id: ID!) { content(id: $id) { name tags text } node(id: $id) { __typename } }\n": types.ContentByIdDocument,
    "\n  mutation DeleteContent($id: ID!) { deleteContent(id: $id) { __typename ... on Error { message } } }\n": types.DeleteContentDocument,
    "\n  mutation ChangeFolder($id: ID!) {\n    updateFolder(id: $id, input: { name: \"Guides\", description: \"How to\" }) {\n      __typename\n      ... on Folder { name description }\n    }\n    deleteFolder(id: $id) { __typename ... on Error { message } }\n  }\n": types.ChangeFolderDocument,
    "\n  mutation ChangeTag($id: ID!) {\n    updateTag(id: $id, input: { name: \"renamed\" }) { __typename ... on Tag { name } }\n  }\n": types.ChangeTagDocument,
    "\n  mutation DeleteTag($id: ID!) { deleteTag(id: $id) { __typename } }\n": types.DeleteTagDocument,
    "mutation RemoveUsedEnvironment($id: ID!) { deleteEnvironment(id: $id) { ... on Error { code message } } }": types.RemoveUsedEnvironmentDocument,
    "query WhoAmI { viewer { role } }": types.WhoAmIDocument,
    "\n  mutation ForkTagged($id: ID!, $keepTags: Boolean) {\n    forkInteraction(id: $id, keepTags: $keepTags) {\n      __typename\n      ... on Interaction { id name tags status }\n      ... on Error { message }\n    }\n  }\n": types.ForkTaggedDocument,
    "\n  query Forks($id: ID!) { interaction(id: $id) { forks { totalCount nodes { id } } } }\n": types.ForksDocument,
    "\n  mutation ForkPrompt($id: ID!, $name: String) {\n    forkPrompt(id: $id, name: $name) {\n      __typename\n      ... on Prompt { id name content version }\n      ... on Error { message }\n    }\n  }\n": types.ForkPromptDocument,
    "\n  query PromptWithVersions($id: ID!, $data: JSONObject) {\n    prompt(id: $id) { versions { totalCount nodes { id version content } } }\n    renderPrompt(id: $id, data: $data) { role content }\n  }\n": types.PromptWithVersionsDocument,
    "\n  query InteractionFacets($filter: InteractionFilter) {\n    interactionFacets(fields: [TAGS, STATUS], filter: $filter) { total facets { field buckets { value count } } }\n  }\n": types.InteractionFacetsDocument,
    "\n  mutation Embed($environmentId: ID!, $texts: [String!]!) {\n    embed(environmentId: $environmentId, texts: $texts) {\n      __typename\n      ... on Embeddings { model vectors tokens }\n      ... on Error { message }\n    }\n  }\n": types.EmbedDocument,
    "\n  mutation UpdateApiKey($id: ID!, $name: String, $role: Role) {\n    updateApiKey(id: $id, name: $name, role: $role) {\n      __typename\n      ... on ApiKey { id name role kind }\n      ... on Error { message }\n    }\n  }\n": types.UpdateApiKeyDocument,
    "\n  mutation DeleteApiKey($id: ID!) {\n    deleteApiKey(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }\n  }\n": types.DeleteApiKeyDocument,
    "\n  mutation TestEnvironment($id: ID!, $model: String) {\n    testEnvironment(id: $id, model: $model) {\n      __typename\n      ... on EnvironmentTest { ok model executionTimeMs error { code message isRetryable path } }\n      ... on Error { message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.TestEnvironmentDocument,
    "query RunsAfterEnvironmentTests { runs { totalCount } }": types.RunsAfterEnvironmentTestsDocument,
    "\n  mutation UpdateEnvironment($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) {\n      __typename\n      ... on Environment { id name endpoint hasCredentials enabledModels policy }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.UpdateEnvironmentDocument,
    "\n  mutation DeleteEnvironment($id: ID!) {\n    deleteEnvironment(id: $id) { __typename ... on Error { message } }\n  }\n": types.DeleteEnvironmentDocument,
    "\n  query EnvironmentModels($id: ID!) { environment(id: $id) { models { id name provider streams } } }\n": types.EnvironmentModelsDocument,
    "\n  subscription EnvironmentRunStream($id: ID!) {\n    runStream(id: $id) {\n      __typename\n      ... on RunChunk { text }\n      ... on RunClosed { run { status result error { code isRetryable } warnings } }\n    }\n  }\n": types.EnvironmentRunStreamDocument,
    "\n        query EnvironmentSecrets { environments { id externalId name description provider endpoint hasCredentials policy } }\n      ": types.EnvironmentSecretsDocument,
    "\n    query CountRuns { runs(first: 0) { totalCount } }\n  ": types.CountRunsDocument,
    "\n    mutation ExecuteWithLiteral($id: ID!, $object: JSON) {\n      execute(input: { interactionId: $id, data: { object: $object, list: [1, { a: $object }] } }) {\n        ... on InteractionRun { input }\n      }\n    }\n  ": types.ExecuteWithLiteralDocument,
    "\n    mutation RecordMetadata($id: ID!) {\n      updateProject(id: $id, input: { recordPayloads: METADATA }) { __typename ... on Project { recordPayloads } }\n    }\n  ": types.RecordMetadataDocument,
    "\n    query ViewerProject { viewer { principalType role project { id slug account { name } } } }\n  ": types.ViewerProjectDocument,
    "\n    query PreviewPrompt($specifier: String, $data: JSONObject) {\n      previewPrompt(specifier: $specifier, data: $data) { messages { role content } tokens }\n    }\n  ": types.PreviewPromptDocument,
    "\n  query FindRuns($query: JSONObject!, $first: Int) {\n    findRuns(query: $query, first: $first) {\n      totalCount\n      nodes { id object }\n      facets(fields: [STATUS]) { buckets { value count } }\n    }\n  }\n": types.FindRunsDocument,
    "\n  query FlowById($id: ID!) {\n    flow(id: $id) { id name }\n    node(id: $id) { __typename id }\n    flows(first: 2) { totalCount nodes { id } }\n  }\n": types.FlowByIdDocument,
    "\n  mutation DeleteFlow($id: ID!) {\n    deleteFlow(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }\n  }\n": types.DeleteFlowDocument,
    "\n  mutation DeleteParts($prompt: ID!, $environment: ID!, $folder: ID!) {\n    deletePrompt(id: $prompt) { __typename ... on Error { message } }\n    deleteEnvironment(id: $environment) { __typename ... on Error { message } }\n    deleteFolder(id: $folder) { __typename ... on Error { message } }\n  }\n": types.DeletePartsDocument,
    "\n  query FoundFlows($search: String, $flow: [ID!], $endUser: [String!]) {\n    runs(search: $search, filter: { flow: $flow, endUser: $endUser, kind: [FLOW] }) {\n      totalCount\n      nodes { __typename id }\n      facets(fields: [FLOW, END_USER, RATING]) {\n        field\n        buckets { value count node { __typename id } }\n      }\n    }\n  }\n": types.FoundFlowsDocument,
    "\n  query FlowRunNode($id: ID!) { node(id: $id) { __typename ... on FlowRun { steps { key } } } }\n": types.FlowRunNodeDocument,
    "\n  mutation ProposeTestData($id: ID!, $count: Int, $config: ExecutionConfigInput) {\n    proposeTestData(id: $id, count: $count, message: \"All from Rome\", config: $config) {\n      __typename\n      ... on ProposedTestData { items run { status source { type } error { code } interaction { id } prompt { content } } }\n      ... on Error { message }\n    }\n  }\n": types.ProposeTestDataDocument,
    "\n  mutation SuggestImprovements($id: ID!) {\n    suggestPromptImprovements(id: $id) {\n      __typename\n      ... on PromptImprovements { text run { source { type } } }\n      ... on Error { message }\n    }\n  }\n": types.SuggestImprovementsDocument,
    "\n  mutation ProposeInteraction($id: ID!) {\n    proposeInteraction(id: $id, description: \"Sums up contracts\") {\n      __typename\n      ... on InteractionProposal {\n        interaction { name description prompts { role name content } inputSchema resultSchema }\n        run { prompt { content } }\n      }\n      ... on Error { message }\n    }\n  }\n": types.ProposeInteractionDocument,
    "\n  query RunFacets($facets: [RunFacetInput!]!, $filter: RunFilter) {\n    runFacets(facets: $facets, filter: $filter) {\n      total\n      facets {\n        name field otherCount\n        buckets { value count node { __typename id ... on Interaction { name } ... on Environment { name } } }\n      }\n    }\n  }\n": types.RunFacetsDocument,
    "\n  query RunFilterOptions($field: RunFacetField!, $filter: RunFilter) {\n    runFilterOptions(field: $field, filter: $filter) { value label count }\n  }\n": types.RunFilterOptionsDocument,
    "\n  query Runs($filter: RunFilter, $orderBy: RunOrder, $first: Int, $after: String, $last: Int, $before: String) {\n    runs(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {\n      edges { cursor node { id } }\n      nodes { id }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n": types.RunsDocument,
    "\n  query RunScreen {\n    runs(first: 20) {\n      nodes {\n        id status\n        environment { id name }\n        ... on InteractionRun { interaction { id name } }\n      }\n    }\n  }\n": types.RunScreenDocument,
    "\n  query CountedRuns($filter: RunFilter) {\n    runs(first: 1, filter: $filter) {\n      totalCount\n      facets(fields: [STATUS, TAGS]) { name field buckets { value count } otherCount }\n    }\n  }\n": types.CountedRunsDocument,
    "\n      query Family($id: ID!) {\n        run(id: $id) { parent { id } children { nodes { id } } }\n      }\n    ": types.FamilyDocument,
    "\n  subscription RunStream($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunClosed { id run { id status result error { code } } }\n    }\n  }\n": types.RunStreamDocument,
    "\n  subscription RunUpdates($filter: RunFilter, $since: DateTime) {\n    runUpdates(filter: $filter, since: $since) { id status updatedAt environment { name } }\n  }\n": types.RunUpdatesDocument,
    "\n  mutation RenameEnvironment($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) { __typename }\n  }\n": types.RenameEnvironmentDocument,
    "subscription CloseRun($id: ID!) { runStream(id: $id) { __typename } }": types.CloseRunDocument,
    "\n  query SearchRuns($search: String, $filter: RunFilter) {\n    runs(search: $search, filter: $filter, first: 50) {\n      totalCount\n      nodes { name object }\n      facets(fields: [MODEL]) { buckets { value count } }\n    }\n    runFacets(search: $search, filter: $filter, facets: [{ field: STATUS }]) { total }\n  }\n": types.SearchRunsDocument,
    "query SlowList { runs(search: \"parameters.text:[a TO b]\") { nodes { id } } }": types.SlowListDocument,
    "query SlowTotal { runs(search: \"parameters.text:[a TO b]\", first: 0) { totalCount } }": types.SlowTotalDocument,
    "query SlowFacets { runFacets(search: \"parameters.text:[a TO b]\", facets: [{ field: STATUS }]) { total } }": types.SlowFacetsDocument,
    "\n  query InteractionBySpecifier($id: ID, $specifier: String) {\n    interaction(id: $id, specifier: $specifier) { id status version tags }\n  }\n": types.InteractionBySpecifierDocument,
    "\n    mutation UpdatePromptContent($id: ID!, $input: PromptInput!) {\n      updatePrompt(id: $id, input: $input) { __typename ... on Prompt { id version content } ... on Error { message } }\n    }\n  ": types.UpdatePromptContentDocument,
    "\n    query PromptsOfVersions($ids: [ID!]!) {\n      nodes(ids: $ids) { ... on Interaction { prompts { id version content } } }\n    }\n  ": types.PromptsOfVersionsDocument,
    "\n  query Viewer { viewer { principalId principalType role project { id name slug } } }\n": types.ViewerDocument,
    "\n  query ApiKeys { apiKeys { id name prefix kind role lastUsedAt revokedAt } }\n": types.ApiKeysDocument,
    "\n  mutation RevokeApiKey($id: ID!) {\n    revokeApiKey(id: $id) { __typename ... on ApiKey { id revokedAt } ... on Error { message } }\n  }\n": types.RevokeApiKeyDocument,
    "\n  mutation CreateProject($input: ProjectInput!) {\n    createProject(input: $input) {\n      __typename\n      ... on Project { id name slug recordPayloads retentionDays }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.CreateProjectDocument,
    "\n  mutation DeleteProject($id: ID!) {\n    deleteProject(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }\n  }\n": types.DeleteProjectDocument,
    "\n  query Everything($ids: [ID!]!, $run: ID!, $environment: ID!, $prompt: ID!, $interaction: ID!) {\n    nodes(ids: $ids) { __typename id }\n    run(id: $run) { id }\n    environment(id: $environment) { id }\n    prompt(id: $prompt) { id }\n    interaction(id: $interaction) { id }\n    byName: interaction(specifier: \"Color\") { id }\n    runs { totalCount nodes { id } }\n    environments { id }\n    prompts { totalCount }\n    interactions { totalCount }\n    runFacets(facets: [{ field: STATUS }]) { total }\n  }\n": types.EverythingDocument,
    "\n      query OwnRuns { runs { totalCount } runFacets(facets: [{ field: MODEL }]) { total } }\n    ": types.OwnRunsDocument,
    "\n  mutation MakeOtherOrganization { createProject(input: { name: \"Other\" }) { __typename ... on Project { id } } }\n": types.MakeOtherOrganizationDocument,
    "\n  mutation MakeForeignKey {\n    createApiKey(input: { name: \"foreign\", role: ADMIN }) { __typename ... on CreatedApiKey { secret } }\n  }\n": types.MakeForeignKeyDocument,
    "\n  query FindExecution($id: ID!) { runs(filter: { executionId: [$id] }) { nodes { id } } }\n": types.FindExecutionDocument,
    "\n  mutation StopExecution($id: ID!) { cancelRun(id: $id) { ... on RunPayload { run { status } } } }\n": types.StopExecutionDocument,
    "\n  query ViewerRole { viewer { role } }\n": types.ViewerRoleDocument,
    "\n  subscription FollowLarge($id: ID!) {\n    runStream(id: $id) { ... on RunClosed { run { status result input } } }\n  }\n": types.FollowLargeDocument,
    "\n  query ListLarge { runs { nodes { id result input ... on InteractionRun { prompt { content } } } } }\n": types.ListLargeDocument,
    "\n  mutation RecordNoSteps($id: ID!, $recordPayloads: RecordPayloads!) {\n    updateProject(id: $id, input: { recordPayloads: $recordPayloads }) { __typename }\n  }\n": types.RecordNoStepsDocument,
    "\n  mutation CreateDeployment($input: DeploymentInput!) {\n    createDeployment(input: $input) {\n      __typename\n      ... on Deployment {\n        id externalId organization name displayName description isActive endpoint version model webhookUrl\n        extractions { key prompt type }\n        interaction { id }\n        environment { id }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.CreateDeploymentDocument,
    "\n  mutation UpdateDeployment($id: ID!, $input: DeploymentInput!) {\n    updateDeployment(id: $id, input: $input) {\n      __typename\n      ... on Deployment { id name displayName version isActive model extractions { key type } interaction { id } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.UpdateDeploymentDocument,
    "\n  mutation DeleteDeployment($id: ID!) {\n    deleteDeployment(id: $id) { __typename ... on DeletedPayload { id } ... on Error { code message } }\n  }\n": types.DeleteDeploymentDocument,
    "\n  mutation ActivateDeployment($id: ID!) {\n    activateDeployment(id: $id) { __typename ... on Deployment { id isActive version } ... on Error { code message } }\n  }\n": types.ActivateDeploymentDocument,
    "\n  mutation DeactivateDeployment($id: ID!) {\n    deactivateDeployment(id: $id) { __typename ... on Deployment { id isActive version } ... on Error { code message } }\n  }\n": types.DeactivateDeploymentDocument,
    "\n  mutation RotateWebhookSecret($id: ID!) {\n    rotateWebhookSecret(id: $id) { __typename ... on WebhookSecret { secret } ... on Error { code message } }\n  }\n": types.RotateWebhookSecretDocument,
    "\n  query ReadDeployment($id: ID, $organization: String, $name: String) {\n    deployment(id: $id, organization: $organization, name: $name) { id name isActive version runs { totalCount } }\n  }\n": types.ReadDeploymentDocument,
    "\n  query ListDeployments($first: Int, $after: String) {\n    deployments(first: $first, after: $after) { totalCount nodes { id name } }\n  }\n": types.ListDeploymentsDocument,
    "\n  mutation RunFiles($input: RunFilesInput!) {\n    runFiles(input: $input) {\n      __typename\n      ... on DeploymentRun { ...DeploymentRunParts }\n      ... on RateLimitedError { retryAfterMs }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.RunFilesDocument,
    "\n  fragment DeploymentRunParts on DeploymentRun {\n    id kind name status executionId tags result warnings input executionTimeMs\n    deployment { id name }\n    tokenUse { total }\n    attempts { model }\n    error { code message }\n    files {\n      id name type size sha256 status result pages fromHistory extractedText executionTimeMs metadata\n      error { code message }\n      tokenUse { total }\n    }\n  }\n": types.DeploymentRunPartsFragmentDoc,
    "\n  query ReadDeploymentRun($id: ID!) {\n    run(id: $id) { __typename ... on DeploymentRun { ...DeploymentRunParts } }\n  }\n": types.ReadDeploymentRunDocument,
    "\n  mutation CreateFlow($input: FlowDefinition!) {\n    createFlow(input: $input) {\n      __typename\n      ... on Flow {\n        id externalId name description resultType\n        inputs { name type required description default }\n        steps {\n          key name inputs model temperature maxTokens\n          prompt { id name }\n          environment { id }\n          context { folders { id name } tags maxTokens }\n        }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.CreateFlowDocument,
    "\n  mutation UpdateFlow($id: ID!, $input: FlowDefinition!) {\n    updateFlow(id: $id, input: $input) {\n      __typename\n      ... on Flow { id name description resultType inputs { name } steps { key } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.UpdateFlowDocument,
    "\n  mutation CreateFolder($name: String) {\n    createFolder(input: { name: $name }) {\n      __typename\n      ... on Folder { id name description contentsCount }\n      ... on Error { code message }\n    }\n  }\n": types.CreateFolderDocument,
    "\n  mutation CreateTag($name: String) {\n    createTag(input: { name: $name }) { __typename ... on Tag { id name contentsCount } ... on Error { code message } }\n  }\n": types.CreateTagDocument,
    "\n  mutation CreateContent($input: ContentInput!) {\n    createContent(input: $input) {\n      __typename\n      ... on Content {\n        id externalId name tags size type url status text\n        folder { id name }\n        error { code message isRetryable }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.CreateContentDocument,
    "\n  mutation UpdateContent($id: ID!, $input: ContentInput!) {\n    updateContent(id: $id, input: $input) {\n      __typename\n      ... on Content { id name tags size type url status text folder { id } error { code message } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.UpdateContentDocument,
    "\n  mutation Generate($input: GenerateInput!) {\n    generate(input: $input) {\n      __typename\n      ... on FlowRun {\n        id kind name status tags model input result executionTimeMs warnings endUser\n        environment { id }\n        flow { id name }\n        tokenUse { prompt result total }\n        error { code message isRetryable path }\n        attempts { model tokenUse { total } error { code } }\n        steps {\n          key status output model executionTimeMs\n          prompt { role content }\n          environment { id }\n          tokenUse { total }\n          error { code message }\n          passages { score text content { id name } }\n        }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.GenerateDocument,
    "\n  query FlowRun($id: ID!) {\n    run(id: $id) {\n      id status result\n      error { code message }\n      retryOf { id }\n      attempts { model }\n      ... on FlowRun {\n        flow { id }\n        steps { key status output executionTimeMs error { code } prompt { content } passages { text score content { name } } }\n      }\n    }\n  }\n": types.FlowRunDocument,
    "\n  subscription FollowFlow($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunProgress { id step file status message }\n      ... on RunClosed { id run { id status result error { code message } } }\n    }\n  }\n": types.FollowFlowDocument,
    "\n  mutation CreateEnvironment($input: EnvironmentInput!) {\n    createEnvironment(input: $input) {\n      __typename\n      ... on Environment { id name provider endpoint hasCredentials defaultModel enabledModels policy }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.CreateEnvironmentDocument,
    "\n  mutation CreatePrompt($input: PromptInput!) {\n    createPrompt(input: $input) {\n      __typename\n      ... on Prompt { id name role contentType content version inputSchema }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.CreatePromptDocument,
    "\n  mutation CreateInteraction($input: InteractionInput!) {\n    createInteraction(input: $input) {\n      __typename\n      ... on Interaction { id name endpoint status version tags visibility cachePolicy }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.CreateInteractionDocument,
    "\n  mutation PublishInteraction($id: ID!, $tags: [String!]) {\n    publishInteraction(id: $id, tags: $tags) {\n      __typename\n      ... on Interaction { id name status version tags draft { id version } prompts { id version content } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.PublishInteractionDocument,
    "\n  mutation Execute($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on InteractionRun {\n        id kind name status tags model config input result resultSchema executionTimeMs warnings endUser object\n        interaction { id name version }\n        environment { id name }\n        parent { id }\n        source { type label principalType principalId clientIp }\n        prompt { role content }\n        tokenUse { prompt result total }\n        error { code message isRetryable path }\n        attempts { provider model executionTimeMs tokenUse { total } error { code } environment { id } }\n        createdAt startedAt finishedAt\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.ExecuteDocument,
    "\n  mutation CreateApiKey($input: ApiKeyInput!) {\n    createApiKey(input: $input) {\n      __typename\n      ... on CreatedApiKey { secret apiKey { id name kind role prefix } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.CreateApiKeyDocument,
    "\n  query Run($id: ID!) {\n    run(id: $id) {\n      __typename id status result input model executionTimeMs finishedAt\n      error { code message isRetryable path }\n      ... on InteractionRun { prompt { role content } interaction { id } }\n    }\n  }\n": types.RunDocument,
    "\n  mutation ImportRemote($environmentId: ID!, $externalIds: [String!]) {\n    importRemote(environmentId: $environmentId, externalIds: $externalIds) {\n      __typename\n      ... on ImportedPayload {\n        interactions {\n          id externalId remoteId name status visibility version tags description inputSchema resultSchema\n          draft { id }\n          environment { id }\n        }\n        flows { id externalId remoteId name steps { name } resultType environment { id } }\n        deployments { id externalId remoteId name isActive extractions { key } environment { id } }\n        warnings\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.ImportRemoteDocument,
    "\n  mutation CancelRun($id: ID!) {\n    cancelRun(id: $id) {\n      __typename\n      ... on RunPayload { run { id status finishedAt error { code message isRetryable } } }\n      ... on Error { code message }\n    }\n  }\n": types.CancelRunDocument,
    "\n  mutation TagRun($id: ID!, $add: [String!], $remove: [String!]) {\n    tagRun(id: $id, add: $add, remove: $remove) {\n      __typename\n      ... on RunPayload { run { id tags } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.TagRunDocument,
    "\n  mutation RateRun($id: ID!, $rating: Int) {\n    rateRun(id: $id, rating: $rating) {\n      __typename\n      ... on RunPayload { run { id rating } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.RateRunDocument,
    "\n  mutation RetryRun($id: ID!, $stream: Boolean) {\n    retryRun(id: $id, stream: $stream) {\n      __typename\n      ... on RunPayload {\n        run {\n          id status result tags input model endUser\n          retryOf { id }\n          parent { id }\n          ... on InteractionRun { prompt { role content } }\n        }\n      }\n      ... on Error { code message }\n    }\n  }\n": types.RetryRunDocument,
    "\n  mutation DeleteRun($id: ID!) {\n    deleteRun(id: $id) {\n      __typename\n      ... on DeletedPayload { id }\n      ... on Error { code message }\n    }\n  }\n": types.DeleteRunDocument,
    "\n  mutation DeleteRuns($filter: RunFilter!) {\n    deleteRuns(filter: $filter) {\n      __typename\n      ... on DeletedRunsPayload { count }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n": types.DeleteRunsDocument,
    "\n  subscription FollowRun($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunProgress { id file progress: status }\n      ... on RunClosed { id run { id status result error { code message } } }\n    }\n  }\n": types.FollowRunDocument,
    "\n  query ListRuns($filter: RunFilter, $first: Int) {\n    runs(filter: $filter, first: $first) { totalCount nodes { id status name tags rating } }\n  }\n": types.ListRunsDocument,
    "query TracedViewer { viewer { __typename } }": types.TracedViewerDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ChildrenOfFlow($id: ID!) {\n    run(id: $id) {\n      cost\n      children { nodes { __typename kind model status evaluation { selected } ... on InteractionRun { interaction { id } } } }\n    }\n  }\n"): (typeof documents)["\n  query ChildrenOfFlow($id: ID!) {\n    run(id: $id) {\n      cost\n      children { nodes { __typename kind model status evaluation { selected } ... on InteractionRun { interaction { id } } } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteEnvironmentOfPolicy($id: ID!) {\n    deleteEnvironment(id: $id) { __typename ... on Error { message } }\n  }\n"): (typeof documents)["\n  mutation DeleteEnvironmentOfPolicy($id: ID!) {\n    deleteEnvironment(id: $id) { __typename ... on Error { message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ExecuteCached($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on InteractionRun { id status result isCached cost tokenUse { total } attempts { model } }\n    }\n  }\n"): (typeof documents)["\n  mutation ExecuteCached($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on InteractionRun { id status result isCached cost tokenUse { total } attempts { model } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ChildrenOfCached($id: ID!) {\n    run(id: $id) { children { nodes { id status result isCached source { type } attempts { model } } } }\n  }\n"): (typeof documents)["\n  query ChildrenOfCached($id: ID!) {\n    run(id: $id) { children { nodes { id status result isCached source { type } attempts { model } } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RecordPayloadsOfCached($id: ID!, $input: ProjectInput!) {\n    updateProject(id: $id, input: $input) { __typename }\n  }\n"): (typeof documents)["\n  mutation RecordPayloadsOfCached($id: ID!, $input: ProjectInput!) {\n    updateProject(id: $id, input: $input) { __typename }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ProjectOfCached { viewer { project { id } } }"): (typeof documents)["query ProjectOfCached { viewer { project { id } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RenameEnvironmentOfCached($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) { __typename }\n  }\n"): (typeof documents)["\n  mutation RenameEnvironmentOfCached($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) { __typename }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MakeQueueingProject($name: String!) {\n    createProject(input: { name: $name }) { __typename ... on Project { id } }\n  }\n"): (typeof documents)["\n  mutation MakeQueueingProject($name: String!) {\n    createProject(input: { name: $name }) { __typename ... on Project { id } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MakeQueueingKey {\n    createApiKey(input: { name: \"own\", role: ADMIN }) { __typename ... on CreatedApiKey { secret } }\n  }\n"): (typeof documents)["\n  mutation MakeQueueingKey {\n    createApiKey(input: { name: \"own\", role: ADMIN }) { __typename ... on CreatedApiKey { secret } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdatePrices($id: ID!, $input: ProjectInput!) {\n    updateProject(id: $id, input: $input) {\n      __typename\n      ... on Project {\n        prices { model prompt result }\n        budget {\n          tokensPerDay tokensPerMonth costPerDay costPerMonth\n          usedToday { tokens cost }\n          usedThisMonth { tokens cost }\n        }\n      }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdatePrices($id: ID!, $input: ProjectInput!) {\n    updateProject(id: $id, input: $input) {\n      __typename\n      ... on Project {\n        prices { model prompt result }\n        budget {\n          tokensPerDay tokensPerMonth costPerDay costPerMonth\n          usedToday { tokens cost }\n          usedThisMonth { tokens cost }\n        }\n      }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateBudgetOfKey($id: ID!, $budget: BudgetInput) {\n    updateApiKey(id: $id, budget: $budget) {\n      __typename\n      ... on ApiKey { budget { tokensPerDay costPerMonth usedToday { tokens } } }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateBudgetOfKey($id: ID!, $budget: BudgetInput) {\n    updateApiKey(id: $id, budget: $budget) {\n      __typename\n      ... on ApiKey { budget { tokensPerDay costPerMonth usedToday { tokens } } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ExecuteForCost($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on InteractionRun { id status cost attempts { cost } error { code message } }\n      ... on RateLimitedError { message retryAfterMs }\n    }\n  }\n"): (typeof documents)["\n  mutation ExecuteForCost($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on InteractionRun { id status cost attempts { cost } error { code message } }\n      ... on RateLimitedError { message retryAfterMs }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation EmbedForBudget($id: ID!, $texts: [String!]!) {\n    embed(environmentId: $id, texts: $texts) { __typename ... on Embeddings { tokens } }\n  }\n"): (typeof documents)["\n  mutation EmbedForBudget($id: ID!, $texts: [String!]!) {\n    embed(environmentId: $id, texts: $texts) { __typename ... on Embeddings { tokens } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ViewerOfBudget { viewer { project { id } } }"): (typeof documents)["query ViewerOfBudget { viewer { project { id } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SearchByCost($search: String) { runs(search: $search) { totalCount } }"): (typeof documents)["query SearchByCost($search: String) { runs(search: $search) { totalCount } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ChildrenOfRun($id: ID!, $search: String) {\n    runs(filter: { parent: [$id] }, search: $search) {\n      nodes {\n        id name kind status result model\n        parent { id }\n        environment { id }\n        evaluation { score selected scores { model score environment { id } } }\n        attempts { model }\n      }\n    }\n  }\n"): (typeof documents)["\n  query ChildrenOfRun($id: ID!, $search: String) {\n    runs(filter: { parent: [$id] }, search: $search) {\n      nodes {\n        id name kind status result model\n        parent { id }\n        environment { id }\n        evaluation { score selected scores { model score environment { id } } }\n        attempts { model }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateVirtualEnvironment($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) {\n      __typename\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateVirtualEnvironment($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) {\n      __typename\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteMember($id: ID!) { deleteEnvironment(id: $id) { __typename } }\n"): (typeof documents)["\n  mutation DeleteMember($id: ID!) { deleteEnvironment(id: $id) { __typename } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query VirtualModels($id: ID!) { environment(id: $id) { models { id name provider } } }\n"): (typeof documents)["\n  query VirtualModels($id: ID!) { environment(id: $id) { models { id name provider } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription FollowShortly($id: ID!) { runStream(id: $id) { __typename } }"): (typeof documents)["subscription FollowShortly($id: ID!) { runStream(id: $id) { __typename } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeleteKeyOfReader($id: ID!) { deleteApiKey(id: $id) { __typename } }"): (typeof documents)["mutation DeleteKeyOfReader($id: ID!) { deleteApiKey(id: $id) { __typename } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription FollowUpdatesShortly { runUpdates { id } }"): (typeof documents)["subscription FollowUpdatesShortly { runUpdates { id } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query RunStatus($id: ID!) { run(id: $id) { status } }"): (typeof documents)["query RunStatus($id: ID!) { run(id: $id) { status } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RateLimitPulse { viewer { principalId } }\n"): (typeof documents)["\n  query RateLimitPulse { viewer { principalId } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation LimitedExecute($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on RateLimitedError { code message retryAfterMs }\n    }\n  }\n"): (typeof documents)["\n  mutation LimitedExecute($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on RateLimitedError { code message retryAfterMs }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CountRunsWithinRate { runs { totalCount } }\n"): (typeof documents)["\n  query CountRunsWithinRate { runs { totalCount } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RelayedUpdates {\n    runUpdates { id status }\n  }\n"): (typeof documents)["\n  subscription RelayedUpdates {\n    runUpdates { id status }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunElsewhere($id: ID!) {\n    run(id: $id) {\n      id status model warnings tags\n      attempts { provider model remoteRun tokenUse { prompt result total } error { code } }\n      tokenUse { total }\n      ... on InteractionRun { prompt { role content } resultSchema interaction { name version } }\n    }\n  }\n"): (typeof documents)["\n  query RunElsewhere($id: ID!) {\n    run(id: $id) {\n      id status model warnings tags\n      attempts { provider model remoteRun tokenUse { prompt result total } error { code } }\n      tokenUse { total }\n      ... on InteractionRun { prompt { role content } resultSchema interaction { name version } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SearchElsewhere($search: String!, $environment: ID!) {\n    runs(search: $search, filter: { environment: [$environment] }) {\n      totalCount\n      facets(fields: [MODEL, STATUS]) { buckets { value count } }\n    }\n  }\n"): (typeof documents)["\n  query SearchElsewhere($search: String!, $environment: ID!) {\n    runs(search: $search, filter: { environment: [$environment] }) {\n      totalCount\n      facets(fields: [MODEL, STATUS]) { buckets { value count } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateImported($id: ID!, $input: InteractionInput!) {\n    updateInteraction(id: $id, input: $input) {\n      __typename\n      ... on Interaction { id name model }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateImported($id: ID!, $input: InteractionInput!) {\n    updateInteraction(id: $id, input: $input) {\n      __typename\n      ... on Interaction { id name model }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RemoveImported($id: ID!) {\n    deleteInteraction(id: $id) { __typename }\n  }\n"): (typeof documents)["\n  mutation RemoveImported($id: ID!) {\n    deleteInteraction(id: $id) { __typename }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation GenerateElsewhere($input: GenerateInput!) {\n    generate(input: $input) {\n      __typename\n      ... on FlowRun {\n        id kind name status result input model endUser warnings tags\n        flow { id name remoteId }\n        environment { id }\n        steps { key }\n        error { code message }\n        attempts { provider remoteRun error { code } }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation GenerateElsewhere($input: GenerateInput!) {\n    generate(input: $input) {\n      __typename\n      ... on FlowRun {\n        id kind name status result input model endUser warnings tags\n        flow { id name remoteId }\n        environment { id }\n        steps { key }\n        error { code message }\n        attempts { provider remoteRun error { code } }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DescribeRemoteFlow($id: ID!, $input: FlowDefinition!) {\n    updateFlow(id: $id, input: $input) {\n      __typename\n      ... on Flow { id name inputs { name required } }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation DescribeRemoteFlow($id: ID!, $input: FlowDefinition!) {\n    updateFlow(id: $id, input: $input) {\n      __typename\n      ... on Flow { id name inputs { name required } }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query OriginalExecution($id: ID!) {\n    run(id: $id) { attempts { remoteRun tokenUse { total } } }\n  }\n"): (typeof documents)["\n  query OriginalExecution($id: ID!) {\n    run(id: $id) { attempts { remoteRun tokenUse { total } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ExecutionsThere {\n    runs(filter: { kind: [DEPLOYMENT] }, first: 1) {\n      nodes {\n        status tags input\n        ... on DeploymentRun { executionId files { name sha256 status result tokenUse { total } } }\n      }\n    }\n  }\n"): (typeof documents)["\n  query ExecutionsThere {\n    runs(filter: { kind: [DEPLOYMENT] }, first: 1) {\n      nodes {\n        status tags input\n        ... on DeploymentRun { executionId files { name sha256 status result tokenUse { total } } }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query AttemptsElsewhere($id: ID!) {\n    run(id: $id) { id status model attempts { provider model remoteRun tokenUse { total } error { code } } }\n  }\n"): (typeof documents)["\n  query AttemptsElsewhere($id: ID!) {\n    run(id: $id) { id status model attempts { provider model remoteRun tokenUse { total } error { code } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SearchFilesElsewhere($search: String!) {\n    runs(search: $search) { totalCount facets(fields: [DEPLOYMENT, MODEL]) { buckets { value count } } }\n  }\n"): (typeof documents)["\n  query SearchFilesElsewhere($search: String!) {\n    runs(search: $search) { totalCount facets(fields: [DEPLOYMENT, MODEL]) { buckets { value count } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query TokensOfRun($id: ID!) { run(id: $id) { tokenUse { prompt result total } warnings } }"): (typeof documents)["query TokensOfRun($id: ID!) { run(id: $id) { tokenUse { prompt result total } warnings } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Contents($folder: [ID!], $tags: [String!]) {\n    contents(folder: $folder, tags: $tags, first: 10) { totalCount nodes { name } }\n    folders { name contentsCount }\n    tags { name contentsCount }\n  }\n"): (typeof documents)["\n  query Contents($folder: [ID!], $tags: [String!]) {\n    contents(folder: $folder, tags: $tags, first: 10) { totalCount nodes { name } }\n    folders { name contentsCount }\n    tags { name contentsCount }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ContentById($id: ID!) { content(id: $id) { name tags text } node(id: $id) { __typename } }\n"): (typeof documents)["\n  query ContentById($id: ID!) { content(id: $id) { name tags text } node(id: $id) { __typename } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteContent($id: ID!) { deleteContent(id: $id) { __typename ... on Error { message } } }\n"): (typeof documents)["\n  mutation DeleteContent($id: ID!) { deleteContent(id: $id) { __typename ... on Error { message } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ChangeFolder($id: ID!) {\n    updateFolder(id: $id, input: { name: \"Guides\", description: \"How to\" }) {\n      __typename\n      ... on Folder { name description }\n    }\n    deleteFolder(id: $id) { __typename ... on Error { message } }\n  }\n"): (typeof documents)["\n  mutation ChangeFolder($id: ID!) {\n    updateFolder(id: $id, input: { name: \"Guides\", description: \"How to\" }) {\n      __typename\n      ... on Folder { name description }\n    }\n    deleteFolder(id: $id) { __typename ... on Error { message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ChangeTag($id: ID!) {\n    updateTag(id: $id, input: { name: \"renamed\" }) { __typename ... on Tag { name } }\n  }\n"): (typeof documents)["\n  mutation ChangeTag($id: ID!) {\n    updateTag(id: $id, input: { name: \"renamed\" }) { __typename ... on Tag { name } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteTag($id: ID!) { deleteTag(id: $id) { __typename } }\n"): (typeof documents)["\n  mutation DeleteTag($id: ID!) { deleteTag(id: $id) { __typename } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RemoveUsedEnvironment($id: ID!) { deleteEnvironment(id: $id) { ... on Error { code message } } }"): (typeof documents)["mutation RemoveUsedEnvironment($id: ID!) { deleteEnvironment(id: $id) { ... on Error { code message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query WhoAmI { viewer { role } }"): (typeof documents)["query WhoAmI { viewer { role } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ForkTagged($id: ID!, $keepTags: Boolean) {\n    forkInteraction(id: $id, keepTags: $keepTags) {\n      __typename\n      ... on Interaction { id name tags status }\n      ... on Error { message }\n    }\n  }\n"): (typeof documents)["\n  mutation ForkTagged($id: ID!, $keepTags: Boolean) {\n    forkInteraction(id: $id, keepTags: $keepTags) {\n      __typename\n      ... on Interaction { id name tags status }\n      ... on Error { message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Forks($id: ID!) { interaction(id: $id) { forks { totalCount nodes { id } } } }\n"): (typeof documents)["\n  query Forks($id: ID!) { interaction(id: $id) { forks { totalCount nodes { id } } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ForkPrompt($id: ID!, $name: String) {\n    forkPrompt(id: $id, name: $name) {\n      __typename\n      ... on Prompt { id name content version }\n      ... on Error { message }\n    }\n  }\n"): (typeof documents)["\n  mutation ForkPrompt($id: ID!, $name: String) {\n    forkPrompt(id: $id, name: $name) {\n      __typename\n      ... on Prompt { id name content version }\n      ... on Error { message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PromptWithVersions($id: ID!, $data: JSONObject) {\n    prompt(id: $id) { versions { totalCount nodes { id version content } } }\n    renderPrompt(id: $id, data: $data) { role content }\n  }\n"): (typeof documents)["\n  query PromptWithVersions($id: ID!, $data: JSONObject) {\n    prompt(id: $id) { versions { totalCount nodes { id version content } } }\n    renderPrompt(id: $id, data: $data) { role content }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query InteractionFacets($filter: InteractionFilter) {\n    interactionFacets(fields: [TAGS, STATUS], filter: $filter) { total facets { field buckets { value count } } }\n  }\n"): (typeof documents)["\n  query InteractionFacets($filter: InteractionFilter) {\n    interactionFacets(fields: [TAGS, STATUS], filter: $filter) { total facets { field buckets { value count } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Embed($environmentId: ID!, $texts: [String!]!) {\n    embed(environmentId: $environmentId, texts: $texts) {\n      __typename\n      ... on Embeddings { model vectors tokens }\n      ... on Error { message }\n    }\n  }\n"): (typeof documents)["\n  mutation Embed($environmentId: ID!, $texts: [String!]!) {\n    embed(environmentId: $environmentId, texts: $texts) {\n      __typename\n      ... on Embeddings { model vectors tokens }\n      ... on Error { message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateApiKey($id: ID!, $name: String, $role: Role) {\n    updateApiKey(id: $id, name: $name, role: $role) {\n      __typename\n      ... on ApiKey { id name role kind }\n      ... on Error { message }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateApiKey($id: ID!, $name: String, $role: Role) {\n    updateApiKey(id: $id, name: $name, role: $role) {\n      __typename\n      ... on ApiKey { id name role kind }\n      ... on Error { message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteApiKey($id: ID!) {\n    deleteApiKey(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }\n  }\n"): (typeof documents)["\n  mutation DeleteApiKey($id: ID!) {\n    deleteApiKey(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation TestEnvironment($id: ID!, $model: String) {\n    testEnvironment(id: $id, model: $model) {\n      __typename\n      ... on EnvironmentTest { ok model executionTimeMs error { code message isRetryable path } }\n      ... on Error { message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation TestEnvironment($id: ID!, $model: String) {\n    testEnvironment(id: $id, model: $model) {\n      __typename\n      ... on EnvironmentTest { ok model executionTimeMs error { code message isRetryable path } }\n      ... on Error { message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query RunsAfterEnvironmentTests { runs { totalCount } }"): (typeof documents)["query RunsAfterEnvironmentTests { runs { totalCount } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateEnvironment($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) {\n      __typename\n      ... on Environment { id name endpoint hasCredentials enabledModels policy }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateEnvironment($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) {\n      __typename\n      ... on Environment { id name endpoint hasCredentials enabledModels policy }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteEnvironment($id: ID!) {\n    deleteEnvironment(id: $id) { __typename ... on Error { message } }\n  }\n"): (typeof documents)["\n  mutation DeleteEnvironment($id: ID!) {\n    deleteEnvironment(id: $id) { __typename ... on Error { message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query EnvironmentModels($id: ID!) { environment(id: $id) { models { id name provider streams } } }\n"): (typeof documents)["\n  query EnvironmentModels($id: ID!) { environment(id: $id) { models { id name provider streams } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription EnvironmentRunStream($id: ID!) {\n    runStream(id: $id) {\n      __typename\n      ... on RunChunk { text }\n      ... on RunClosed { run { status result error { code isRetryable } warnings } }\n    }\n  }\n"): (typeof documents)["\n  subscription EnvironmentRunStream($id: ID!) {\n    runStream(id: $id) {\n      __typename\n      ... on RunChunk { text }\n      ... on RunClosed { run { status result error { code isRetryable } warnings } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n        query EnvironmentSecrets { environments { id externalId name description provider endpoint hasCredentials policy } }\n      "): (typeof documents)["\n        query EnvironmentSecrets { environments { id externalId name description provider endpoint hasCredentials policy } }\n      "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    query CountRuns { runs(first: 0) { totalCount } }\n  "): (typeof documents)["\n    query CountRuns { runs(first: 0) { totalCount } }\n  "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    mutation ExecuteWithLiteral($id: ID!, $object: JSON) {\n      execute(input: { interactionId: $id, data: { object: $object, list: [1, { a: $object }] } }) {\n        ... on InteractionRun { input }\n      }\n    }\n  "): (typeof documents)["\n    mutation ExecuteWithLiteral($id: ID!, $object: JSON) {\n      execute(input: { interactionId: $id, data: { object: $object, list: [1, { a: $object }] } }) {\n        ... on InteractionRun { input }\n      }\n    }\n  "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    mutation RecordMetadata($id: ID!) {\n      updateProject(id: $id, input: { recordPayloads: METADATA }) { __typename ... on Project { recordPayloads } }\n    }\n  "): (typeof documents)["\n    mutation RecordMetadata($id: ID!) {\n      updateProject(id: $id, input: { recordPayloads: METADATA }) { __typename ... on Project { recordPayloads } }\n    }\n  "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    query ViewerProject { viewer { principalType role project { id slug account { name } } } }\n  "): (typeof documents)["\n    query ViewerProject { viewer { principalType role project { id slug account { name } } } }\n  "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    query PreviewPrompt($specifier: String, $data: JSONObject) {\n      previewPrompt(specifier: $specifier, data: $data) { messages { role content } tokens }\n    }\n  "): (typeof documents)["\n    query PreviewPrompt($specifier: String, $data: JSONObject) {\n      previewPrompt(specifier: $specifier, data: $data) { messages { role content } tokens }\n    }\n  "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query FindRuns($query: JSONObject!, $first: Int) {\n    findRuns(query: $query, first: $first) {\n      totalCount\n      nodes { id object }\n      facets(fields: [STATUS]) { buckets { value count } }\n    }\n  }\n"): (typeof documents)["\n  query FindRuns($query: JSONObject!, $first: Int) {\n    findRuns(query: $query, first: $first) {\n      totalCount\n      nodes { id object }\n      facets(fields: [STATUS]) { buckets { value count } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query FlowById($id: ID!) {\n    flow(id: $id) { id name }\n    node(id: $id) { __typename id }\n    flows(first: 2) { totalCount nodes { id } }\n  }\n"): (typeof documents)["\n  query FlowById($id: ID!) {\n    flow(id: $id) { id name }\n    node(id: $id) { __typename id }\n    flows(first: 2) { totalCount nodes { id } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteFlow($id: ID!) {\n    deleteFlow(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }\n  }\n"): (typeof documents)["\n  mutation DeleteFlow($id: ID!) {\n    deleteFlow(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteParts($prompt: ID!, $environment: ID!, $folder: ID!) {\n    deletePrompt(id: $prompt) { __typename ... on Error { message } }\n    deleteEnvironment(id: $environment) { __typename ... on Error { message } }\n    deleteFolder(id: $folder) { __typename ... on Error { message } }\n  }\n"): (typeof documents)["\n  mutation DeleteParts($prompt: ID!, $environment: ID!, $folder: ID!) {\n    deletePrompt(id: $prompt) { __typename ... on Error { message } }\n    deleteEnvironment(id: $environment) { __typename ... on Error { message } }\n    deleteFolder(id: $folder) { __typename ... on Error { message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query FoundFlows($search: String, $flow: [ID!], $endUser: [String!]) {\n    runs(search: $search, filter: { flow: $flow, endUser: $endUser, kind: [FLOW] }) {\n      totalCount\n      nodes { __typename id }\n      facets(fields: [FLOW, END_USER, RATING]) {\n        field\n        buckets { value count node { __typename id } }\n      }\n    }\n  }\n"): (typeof documents)["\n  query FoundFlows($search: String, $flow: [ID!], $endUser: [String!]) {\n    runs(search: $search, filter: { flow: $flow, endUser: $endUser, kind: [FLOW] }) {\n      totalCount\n      nodes { __typename id }\n      facets(fields: [FLOW, END_USER, RATING]) {\n        field\n        buckets { value count node { __typename id } }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query FlowRunNode($id: ID!) { node(id: $id) { __typename ... on FlowRun { steps { key } } } }\n"): (typeof documents)["\n  query FlowRunNode($id: ID!) { node(id: $id) { __typename ... on FlowRun { steps { key } } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ProposeTestData($id: ID!, $count: Int, $config: ExecutionConfigInput) {\n    proposeTestData(id: $id, count: $count, message: \"All from Rome\", config: $config) {\n      __typename\n      ... on ProposedTestData { items run { status source { type } error { code } interaction { id } prompt { content } } }\n      ... on Error { message }\n    }\n  }\n"): (typeof documents)["\n  mutation ProposeTestData($id: ID!, $count: Int, $config: ExecutionConfigInput) {\n    proposeTestData(id: $id, count: $count, message: \"All from Rome\", config: $config) {\n      __typename\n      ... on ProposedTestData { items run { status source { type } error { code } interaction { id } prompt { content } } }\n      ... on Error { message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SuggestImprovements($id: ID!) {\n    suggestPromptImprovements(id: $id) {\n      __typename\n      ... on PromptImprovements { text run { source { type } } }\n      ... on Error { message }\n    }\n  }\n"): (typeof documents)["\n  mutation SuggestImprovements($id: ID!) {\n    suggestPromptImprovements(id: $id) {\n      __typename\n      ... on PromptImprovements { text run { source { type } } }\n      ... on Error { message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ProposeInteraction($id: ID!) {\n    proposeInteraction(id: $id, description: \"Sums up contracts\") {\n      __typename\n      ... on InteractionProposal {\n        interaction { name description prompts { role name content } inputSchema resultSchema }\n        run { prompt { content } }\n      }\n      ... on Error { message }\n    }\n  }\n"): (typeof documents)["\n  mutation ProposeInteraction($id: ID!) {\n    proposeInteraction(id: $id, description: \"Sums up contracts\") {\n      __typename\n      ... on InteractionProposal {\n        interaction { name description prompts { role name content } inputSchema resultSchema }\n        run { prompt { content } }\n      }\n      ... on Error { message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunFacets($facets: [RunFacetInput!]!, $filter: RunFilter) {\n    runFacets(facets: $facets, filter: $filter) {\n      total\n      facets {\n        name field otherCount\n        buckets { value count node { __typename id ... on Interaction { name } ... on Environment { name } } }\n      }\n    }\n  }\n"): (typeof documents)["\n  query RunFacets($facets: [RunFacetInput!]!, $filter: RunFilter) {\n    runFacets(facets: $facets, filter: $filter) {\n      total\n      facets {\n        name field otherCount\n        buckets { value count node { __typename id ... on Interaction { name } ... on Environment { name } } }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunFilterOptions($field: RunFacetField!, $filter: RunFilter) {\n    runFilterOptions(field: $field, filter: $filter) { value label count }\n  }\n"): (typeof documents)["\n  query RunFilterOptions($field: RunFacetField!, $filter: RunFilter) {\n    runFilterOptions(field: $field, filter: $filter) { value label count }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Runs($filter: RunFilter, $orderBy: RunOrder, $first: Int, $after: String, $last: Int, $before: String) {\n    runs(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {\n      edges { cursor node { id } }\n      nodes { id }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n"): (typeof documents)["\n  query Runs($filter: RunFilter, $orderBy: RunOrder, $first: Int, $after: String, $last: Int, $before: String) {\n    runs(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {\n      edges { cursor node { id } }\n      nodes { id }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunScreen {\n    runs(first: 20) {\n      nodes {\n        id status\n        environment { id name }\n        ... on InteractionRun { interaction { id name } }\n      }\n    }\n  }\n"): (typeof documents)["\n  query RunScreen {\n    runs(first: 20) {\n      nodes {\n        id status\n        environment { id name }\n        ... on InteractionRun { interaction { id name } }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CountedRuns($filter: RunFilter) {\n    runs(first: 1, filter: $filter) {\n      totalCount\n      facets(fields: [STATUS, TAGS]) { name field buckets { value count } otherCount }\n    }\n  }\n"): (typeof documents)["\n  query CountedRuns($filter: RunFilter) {\n    runs(first: 1, filter: $filter) {\n      totalCount\n      facets(fields: [STATUS, TAGS]) { name field buckets { value count } otherCount }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n      query Family($id: ID!) {\n        run(id: $id) { parent { id } children { nodes { id } } }\n      }\n    "): (typeof documents)["\n      query Family($id: ID!) {\n        run(id: $id) { parent { id } children { nodes { id } } }\n      }\n    "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RunStream($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunClosed { id run { id status result error { code } } }\n    }\n  }\n"): (typeof documents)["\n  subscription RunStream($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunClosed { id run { id status result error { code } } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RunUpdates($filter: RunFilter, $since: DateTime) {\n    runUpdates(filter: $filter, since: $since) { id status updatedAt environment { name } }\n  }\n"): (typeof documents)["\n  subscription RunUpdates($filter: RunFilter, $since: DateTime) {\n    runUpdates(filter: $filter, since: $since) { id status updatedAt environment { name } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RenameEnvironment($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) { __typename }\n  }\n"): (typeof documents)["\n  mutation RenameEnvironment($id: ID!, $input: EnvironmentInput!) {\n    updateEnvironment(id: $id, input: $input) { __typename }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription CloseRun($id: ID!) { runStream(id: $id) { __typename } }"): (typeof documents)["subscription CloseRun($id: ID!) { runStream(id: $id) { __typename } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SearchRuns($search: String, $filter: RunFilter) {\n    runs(search: $search, filter: $filter, first: 50) {\n      totalCount\n      nodes { name object }\n      facets(fields: [MODEL]) { buckets { value count } }\n    }\n    runFacets(search: $search, filter: $filter, facets: [{ field: STATUS }]) { total }\n  }\n"): (typeof documents)["\n  query SearchRuns($search: String, $filter: RunFilter) {\n    runs(search: $search, filter: $filter, first: 50) {\n      totalCount\n      nodes { name object }\n      facets(fields: [MODEL]) { buckets { value count } }\n    }\n    runFacets(search: $search, filter: $filter, facets: [{ field: STATUS }]) { total }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SlowList { runs(search: \"parameters.text:[a TO b]\") { nodes { id } } }"): (typeof documents)["query SlowList { runs(search: \"parameters.text:[a TO b]\") { nodes { id } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SlowTotal { runs(search: \"parameters.text:[a TO b]\", first: 0) { totalCount } }"): (typeof documents)["query SlowTotal { runs(search: \"parameters.text:[a TO b]\", first: 0) { totalCount } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SlowFacets { runFacets(search: \"parameters.text:[a TO b]\", facets: [{ field: STATUS }]) { total } }"): (typeof documents)["query SlowFacets { runFacets(search: \"parameters.text:[a TO b]\", facets: [{ field: STATUS }]) { total } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query InteractionBySpecifier($id: ID, $specifier: String) {\n    interaction(id: $id, specifier: $specifier) { id status version tags }\n  }\n"): (typeof documents)["\n  query InteractionBySpecifier($id: ID, $specifier: String) {\n    interaction(id: $id, specifier: $specifier) { id status version tags }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    mutation UpdatePromptContent($id: ID!, $input: PromptInput!) {\n      updatePrompt(id: $id, input: $input) { __typename ... on Prompt { id version content } ... on Error { message } }\n    }\n  "): (typeof documents)["\n    mutation UpdatePromptContent($id: ID!, $input: PromptInput!) {\n      updatePrompt(id: $id, input: $input) { __typename ... on Prompt { id version content } ... on Error { message } }\n    }\n  "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    query PromptsOfVersions($ids: [ID!]!) {\n      nodes(ids: $ids) { ... on Interaction { prompts { id version content } } }\n    }\n  "): (typeof documents)["\n    query PromptsOfVersions($ids: [ID!]!) {\n      nodes(ids: $ids) { ... on Interaction { prompts { id version content } } }\n    }\n  "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Viewer { viewer { principalId principalType role project { id name slug } } }\n"): (typeof documents)["\n  query Viewer { viewer { principalId principalType role project { id name slug } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ApiKeys { apiKeys { id name prefix kind role lastUsedAt revokedAt } }\n"): (typeof documents)["\n  query ApiKeys { apiKeys { id name prefix kind role lastUsedAt revokedAt } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RevokeApiKey($id: ID!) {\n    revokeApiKey(id: $id) { __typename ... on ApiKey { id revokedAt } ... on Error { message } }\n  }\n"): (typeof documents)["\n  mutation RevokeApiKey($id: ID!) {\n    revokeApiKey(id: $id) { __typename ... on ApiKey { id revokedAt } ... on Error { message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateProject($input: ProjectInput!) {\n    createProject(input: $input) {\n      __typename\n      ... on Project { id name slug recordPayloads retentionDays }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateProject($input: ProjectInput!) {\n    createProject(input: $input) {\n      __typename\n      ... on Project { id name slug recordPayloads retentionDays }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteProject($id: ID!) {\n    deleteProject(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }\n  }\n"): (typeof documents)["\n  mutation DeleteProject($id: ID!) {\n    deleteProject(id: $id) { __typename ... on DeletedPayload { id } ... on Error { message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Everything($ids: [ID!]!, $run: ID!, $environment: ID!, $prompt: ID!, $interaction: ID!) {\n    nodes(ids: $ids) { __typename id }\n    run(id: $run) { id }\n    environment(id: $environment) { id }\n    prompt(id: $prompt) { id }\n    interaction(id: $interaction) { id }\n    byName: interaction(specifier: \"Color\") { id }\n    runs { totalCount nodes { id } }\n    environments { id }\n    prompts { totalCount }\n    interactions { totalCount }\n    runFacets(facets: [{ field: STATUS }]) { total }\n  }\n"): (typeof documents)["\n  query Everything($ids: [ID!]!, $run: ID!, $environment: ID!, $prompt: ID!, $interaction: ID!) {\n    nodes(ids: $ids) { __typename id }\n    run(id: $run) { id }\n    environment(id: $environment) { id }\n    prompt(id: $prompt) { id }\n    interaction(id: $interaction) { id }\n    byName: interaction(specifier: \"Color\") { id }\n    runs { totalCount nodes { id } }\n    environments { id }\n    prompts { totalCount }\n    interactions { totalCount }\n    runFacets(facets: [{ field: STATUS }]) { total }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n      query OwnRuns { runs { totalCount } runFacets(facets: [{ field: MODEL }]) { total } }\n    "): (typeof documents)["\n      query OwnRuns { runs { totalCount } runFacets(facets: [{ field: MODEL }]) { total } }\n    "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MakeOtherOrganization { createProject(input: { name: \"Other\" }) { __typename ... on Project { id } } }\n"): (typeof documents)["\n  mutation MakeOtherOrganization { createProject(input: { name: \"Other\" }) { __typename ... on Project { id } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MakeForeignKey {\n    createApiKey(input: { name: \"foreign\", role: ADMIN }) { __typename ... on CreatedApiKey { secret } }\n  }\n"): (typeof documents)["\n  mutation MakeForeignKey {\n    createApiKey(input: { name: \"foreign\", role: ADMIN }) { __typename ... on CreatedApiKey { secret } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query FindExecution($id: ID!) { runs(filter: { executionId: [$id] }) { nodes { id } } }\n"): (typeof documents)["\n  query FindExecution($id: ID!) { runs(filter: { executionId: [$id] }) { nodes { id } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StopExecution($id: ID!) { cancelRun(id: $id) { ... on RunPayload { run { status } } } }\n"): (typeof documents)["\n  mutation StopExecution($id: ID!) { cancelRun(id: $id) { ... on RunPayload { run { status } } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ViewerRole { viewer { role } }\n"): (typeof documents)["\n  query ViewerRole { viewer { role } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription FollowLarge($id: ID!) {\n    runStream(id: $id) { ... on RunClosed { run { status result input } } }\n  }\n"): (typeof documents)["\n  subscription FollowLarge($id: ID!) {\n    runStream(id: $id) { ... on RunClosed { run { status result input } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ListLarge { runs { nodes { id result input ... on InteractionRun { prompt { content } } } } }\n"): (typeof documents)["\n  query ListLarge { runs { nodes { id result input ... on InteractionRun { prompt { content } } } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RecordNoSteps($id: ID!, $recordPayloads: RecordPayloads!) {\n    updateProject(id: $id, input: { recordPayloads: $recordPayloads }) { __typename }\n  }\n"): (typeof documents)["\n  mutation RecordNoSteps($id: ID!, $recordPayloads: RecordPayloads!) {\n    updateProject(id: $id, input: { recordPayloads: $recordPayloads }) { __typename }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateDeployment($input: DeploymentInput!) {\n    createDeployment(input: $input) {\n      __typename\n      ... on Deployment {\n        id externalId organization name displayName description isActive endpoint version model webhookUrl\n        extractions { key prompt type }\n        interaction { id }\n        environment { id }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateDeployment($input: DeploymentInput!) {\n    createDeployment(input: $input) {\n      __typename\n      ... on Deployment {\n        id externalId organization name displayName description isActive endpoint version model webhookUrl\n        extractions { key prompt type }\n        interaction { id }\n        environment { id }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateDeployment($id: ID!, $input: DeploymentInput!) {\n    updateDeployment(id: $id, input: $input) {\n      __typename\n      ... on Deployment { id name displayName version isActive model extractions { key type } interaction { id } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateDeployment($id: ID!, $input: DeploymentInput!) {\n    updateDeployment(id: $id, input: $input) {\n      __typename\n      ... on Deployment { id name displayName version isActive model extractions { key type } interaction { id } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteDeployment($id: ID!) {\n    deleteDeployment(id: $id) { __typename ... on DeletedPayload { id } ... on Error { code message } }\n  }\n"): (typeof documents)["\n  mutation DeleteDeployment($id: ID!) {\n    deleteDeployment(id: $id) { __typename ... on DeletedPayload { id } ... on Error { code message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ActivateDeployment($id: ID!) {\n    activateDeployment(id: $id) { __typename ... on Deployment { id isActive version } ... on Error { code message } }\n  }\n"): (typeof documents)["\n  mutation ActivateDeployment($id: ID!) {\n    activateDeployment(id: $id) { __typename ... on Deployment { id isActive version } ... on Error { code message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeactivateDeployment($id: ID!) {\n    deactivateDeployment(id: $id) { __typename ... on Deployment { id isActive version } ... on Error { code message } }\n  }\n"): (typeof documents)["\n  mutation DeactivateDeployment($id: ID!) {\n    deactivateDeployment(id: $id) { __typename ... on Deployment { id isActive version } ... on Error { code message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RotateWebhookSecret($id: ID!) {\n    rotateWebhookSecret(id: $id) { __typename ... on WebhookSecret { secret } ... on Error { code message } }\n  }\n"): (typeof documents)["\n  mutation RotateWebhookSecret($id: ID!) {\n    rotateWebhookSecret(id: $id) { __typename ... on WebhookSecret { secret } ... on Error { code message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadDeployment($id: ID, $organization: String, $name: String) {\n    deployment(id: $id, organization: $organization, name: $name) { id name isActive version runs { totalCount } }\n  }\n"): (typeof documents)["\n  query ReadDeployment($id: ID, $organization: String, $name: String) {\n    deployment(id: $id, organization: $organization, name: $name) { id name isActive version runs { totalCount } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ListDeployments($first: Int, $after: String) {\n    deployments(first: $first, after: $after) { totalCount nodes { id name } }\n  }\n"): (typeof documents)["\n  query ListDeployments($first: Int, $after: String) {\n    deployments(first: $first, after: $after) { totalCount nodes { id name } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RunFiles($input: RunFilesInput!) {\n    runFiles(input: $input) {\n      __typename\n      ... on DeploymentRun { ...DeploymentRunParts }\n      ... on RateLimitedError { retryAfterMs }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation RunFiles($input: RunFilesInput!) {\n    runFiles(input: $input) {\n      __typename\n      ... on DeploymentRun { ...DeploymentRunParts }\n      ... on RateLimitedError { retryAfterMs }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment DeploymentRunParts on DeploymentRun {\n    id kind name status executionId tags result warnings input executionTimeMs\n    deployment { id name }\n    tokenUse { total }\n    attempts { model }\n    error { code message }\n    files {\n      id name type size sha256 status result pages fromHistory extractedText executionTimeMs metadata\n      error { code message }\n      tokenUse { total }\n    }\n  }\n"): (typeof documents)["\n  fragment DeploymentRunParts on DeploymentRun {\n    id kind name status executionId tags result warnings input executionTimeMs\n    deployment { id name }\n    tokenUse { total }\n    attempts { model }\n    error { code message }\n    files {\n      id name type size sha256 status result pages fromHistory extractedText executionTimeMs metadata\n      error { code message }\n      tokenUse { total }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadDeploymentRun($id: ID!) {\n    run(id: $id) { __typename ... on DeploymentRun { ...DeploymentRunParts } }\n  }\n"): (typeof documents)["\n  query ReadDeploymentRun($id: ID!) {\n    run(id: $id) { __typename ... on DeploymentRun { ...DeploymentRunParts } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateFlow($input: FlowDefinition!) {\n    createFlow(input: $input) {\n      __typename\n      ... on Flow {\n        id externalId name description resultType\n        inputs { name type required description default }\n        steps {\n          key name inputs model temperature maxTokens\n          prompt { id name }\n          environment { id }\n          context { folders { id name } tags maxTokens }\n        }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateFlow($input: FlowDefinition!) {\n    createFlow(input: $input) {\n      __typename\n      ... on Flow {\n        id externalId name description resultType\n        inputs { name type required description default }\n        steps {\n          key name inputs model temperature maxTokens\n          prompt { id name }\n          environment { id }\n          context { folders { id name } tags maxTokens }\n        }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateFlow($id: ID!, $input: FlowDefinition!) {\n    updateFlow(id: $id, input: $input) {\n      __typename\n      ... on Flow { id name description resultType inputs { name } steps { key } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateFlow($id: ID!, $input: FlowDefinition!) {\n    updateFlow(id: $id, input: $input) {\n      __typename\n      ... on Flow { id name description resultType inputs { name } steps { key } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateFolder($name: String) {\n    createFolder(input: { name: $name }) {\n      __typename\n      ... on Folder { id name description contentsCount }\n      ... on Error { code message }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateFolder($name: String) {\n    createFolder(input: { name: $name }) {\n      __typename\n      ... on Folder { id name description contentsCount }\n      ... on Error { code message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateTag($name: String) {\n    createTag(input: { name: $name }) { __typename ... on Tag { id name contentsCount } ... on Error { code message } }\n  }\n"): (typeof documents)["\n  mutation CreateTag($name: String) {\n    createTag(input: { name: $name }) { __typename ... on Tag { id name contentsCount } ... on Error { code message } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateContent($input: ContentInput!) {\n    createContent(input: $input) {\n      __typename\n      ... on Content {\n        id externalId name tags size type url status text\n        folder { id name }\n        error { code message isRetryable }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateContent($input: ContentInput!) {\n    createContent(input: $input) {\n      __typename\n      ... on Content {\n        id externalId name tags size type url status text\n        folder { id name }\n        error { code message isRetryable }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateContent($id: ID!, $input: ContentInput!) {\n    updateContent(id: $id, input: $input) {\n      __typename\n      ... on Content { id name tags size type url status text folder { id } error { code message } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateContent($id: ID!, $input: ContentInput!) {\n    updateContent(id: $id, input: $input) {\n      __typename\n      ... on Content { id name tags size type url status text folder { id } error { code message } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Generate($input: GenerateInput!) {\n    generate(input: $input) {\n      __typename\n      ... on FlowRun {\n        id kind name status tags model input result executionTimeMs warnings endUser\n        environment { id }\n        flow { id name }\n        tokenUse { prompt result total }\n        error { code message isRetryable path }\n        attempts { model tokenUse { total } error { code } }\n        steps {\n          key status output model executionTimeMs\n          prompt { role content }\n          environment { id }\n          tokenUse { total }\n          error { code message }\n          passages { score text content { id name } }\n        }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation Generate($input: GenerateInput!) {\n    generate(input: $input) {\n      __typename\n      ... on FlowRun {\n        id kind name status tags model input result executionTimeMs warnings endUser\n        environment { id }\n        flow { id name }\n        tokenUse { prompt result total }\n        error { code message isRetryable path }\n        attempts { model tokenUse { total } error { code } }\n        steps {\n          key status output model executionTimeMs\n          prompt { role content }\n          environment { id }\n          tokenUse { total }\n          error { code message }\n          passages { score text content { id name } }\n        }\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query FlowRun($id: ID!) {\n    run(id: $id) {\n      id status result\n      error { code message }\n      retryOf { id }\n      attempts { model }\n      ... on FlowRun {\n        flow { id }\n        steps { key status output executionTimeMs error { code } prompt { content } passages { text score content { name } } }\n      }\n    }\n  }\n"): (typeof documents)["\n  query FlowRun($id: ID!) {\n    run(id: $id) {\n      id status result\n      error { code message }\n      retryOf { id }\n      attempts { model }\n      ... on FlowRun {\n        flow { id }\n        steps { key status output executionTimeMs error { code } prompt { content } passages { text score content { name } } }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription FollowFlow($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunProgress { id step file status message }\n      ... on RunClosed { id run { id status result error { code message } } }\n    }\n  }\n"): (typeof documents)["\n  subscription FollowFlow($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunProgress { id step file status message }\n      ... on RunClosed { id run { id status result error { code message } } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateEnvironment($input: EnvironmentInput!) {\n    createEnvironment(input: $input) {\n      __typename\n      ... on Environment { id name provider endpoint hasCredentials defaultModel enabledModels policy }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateEnvironment($input: EnvironmentInput!) {\n    createEnvironment(input: $input) {\n      __typename\n      ... on Environment { id name provider endpoint hasCredentials defaultModel enabledModels policy }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreatePrompt($input: PromptInput!) {\n    createPrompt(input: $input) {\n      __typename\n      ... on Prompt { id name role contentType content version inputSchema }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation CreatePrompt($input: PromptInput!) {\n    createPrompt(input: $input) {\n      __typename\n      ... on Prompt { id name role contentType content version inputSchema }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateInteraction($input: InteractionInput!) {\n    createInteraction(input: $input) {\n      __typename\n      ... on Interaction { id name endpoint status version tags visibility cachePolicy }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateInteraction($input: InteractionInput!) {\n    createInteraction(input: $input) {\n      __typename\n      ... on Interaction { id name endpoint status version tags visibility cachePolicy }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PublishInteraction($id: ID!, $tags: [String!]) {\n    publishInteraction(id: $id, tags: $tags) {\n      __typename\n      ... on Interaction { id name status version tags draft { id version } prompts { id version content } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation PublishInteraction($id: ID!, $tags: [String!]) {\n    publishInteraction(id: $id, tags: $tags) {\n      __typename\n      ... on Interaction { id name status version tags draft { id version } prompts { id version content } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Execute($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on InteractionRun {\n        id kind name status tags model config input result resultSchema executionTimeMs warnings endUser object\n        interaction { id name version }\n        environment { id name }\n        parent { id }\n        source { type label principalType principalId clientIp }\n        prompt { role content }\n        tokenUse { prompt result total }\n        error { code message isRetryable path }\n        attempts { provider model executionTimeMs tokenUse { total } error { code } environment { id } }\n        createdAt startedAt finishedAt\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation Execute($input: ExecuteInput!) {\n    execute(input: $input) {\n      __typename\n      ... on InteractionRun {\n        id kind name status tags model config input result resultSchema executionTimeMs warnings endUser object\n        interaction { id name version }\n        environment { id name }\n        parent { id }\n        source { type label principalType principalId clientIp }\n        prompt { role content }\n        tokenUse { prompt result total }\n        error { code message isRetryable path }\n        attempts { provider model executionTimeMs tokenUse { total } error { code } environment { id } }\n        createdAt startedAt finishedAt\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateApiKey($input: ApiKeyInput!) {\n    createApiKey(input: $input) {\n      __typename\n      ... on CreatedApiKey { secret apiKey { id name kind role prefix } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateApiKey($input: ApiKeyInput!) {\n    createApiKey(input: $input) {\n      __typename\n      ... on CreatedApiKey { secret apiKey { id name kind role prefix } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Run($id: ID!) {\n    run(id: $id) {\n      __typename id status result input model executionTimeMs finishedAt\n      error { code message isRetryable path }\n      ... on InteractionRun { prompt { role content } interaction { id } }\n    }\n  }\n"): (typeof documents)["\n  query Run($id: ID!) {\n    run(id: $id) {\n      __typename id status result input model executionTimeMs finishedAt\n      error { code message isRetryable path }\n      ... on InteractionRun { prompt { role content } interaction { id } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ImportRemote($environmentId: ID!, $externalIds: [String!]) {\n    importRemote(environmentId: $environmentId, externalIds: $externalIds) {\n      __typename\n      ... on ImportedPayload {\n        interactions {\n          id externalId remoteId name status visibility version tags description inputSchema resultSchema\n          draft { id }\n          environment { id }\n        }\n        flows { id externalId remoteId name steps { name } resultType environment { id } }\n        deployments { id externalId remoteId name isActive extractions { key } environment { id } }\n        warnings\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation ImportRemote($environmentId: ID!, $externalIds: [String!]) {\n    importRemote(environmentId: $environmentId, externalIds: $externalIds) {\n      __typename\n      ... on ImportedPayload {\n        interactions {\n          id externalId remoteId name status visibility version tags description inputSchema resultSchema\n          draft { id }\n          environment { id }\n        }\n        flows { id externalId remoteId name steps { name } resultType environment { id } }\n        deployments { id externalId remoteId name isActive extractions { key } environment { id } }\n        warnings\n      }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelRun($id: ID!) {\n    cancelRun(id: $id) {\n      __typename\n      ... on RunPayload { run { id status finishedAt error { code message isRetryable } } }\n      ... on Error { code message }\n    }\n  }\n"): (typeof documents)["\n  mutation CancelRun($id: ID!) {\n    cancelRun(id: $id) {\n      __typename\n      ... on RunPayload { run { id status finishedAt error { code message isRetryable } } }\n      ... on Error { code message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation TagRun($id: ID!, $add: [String!], $remove: [String!]) {\n    tagRun(id: $id, add: $add, remove: $remove) {\n      __typename\n      ... on RunPayload { run { id tags } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation TagRun($id: ID!, $add: [String!], $remove: [String!]) {\n    tagRun(id: $id, add: $add, remove: $remove) {\n      __typename\n      ... on RunPayload { run { id tags } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RateRun($id: ID!, $rating: Int) {\n    rateRun(id: $id, rating: $rating) {\n      __typename\n      ... on RunPayload { run { id rating } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation RateRun($id: ID!, $rating: Int) {\n    rateRun(id: $id, rating: $rating) {\n      __typename\n      ... on RunPayload { run { id rating } }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RetryRun($id: ID!, $stream: Boolean) {\n    retryRun(id: $id, stream: $stream) {\n      __typename\n      ... on RunPayload {\n        run {\n          id status result tags input model endUser\n          retryOf { id }\n          parent { id }\n          ... on InteractionRun { prompt { role content } }\n        }\n      }\n      ... on Error { code message }\n    }\n  }\n"): (typeof documents)["\n  mutation RetryRun($id: ID!, $stream: Boolean) {\n    retryRun(id: $id, stream: $stream) {\n      __typename\n      ... on RunPayload {\n        run {\n          id status result tags input model endUser\n          retryOf { id }\n          parent { id }\n          ... on InteractionRun { prompt { role content } }\n        }\n      }\n      ... on Error { code message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteRun($id: ID!) {\n    deleteRun(id: $id) {\n      __typename\n      ... on DeletedPayload { id }\n      ... on Error { code message }\n    }\n  }\n"): (typeof documents)["\n  mutation DeleteRun($id: ID!) {\n    deleteRun(id: $id) {\n      __typename\n      ... on DeletedPayload { id }\n      ... on Error { code message }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteRuns($filter: RunFilter!) {\n    deleteRuns(filter: $filter) {\n      __typename\n      ... on DeletedRunsPayload { count }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"): (typeof documents)["\n  mutation DeleteRuns($filter: RunFilter!) {\n    deleteRuns(filter: $filter) {\n      __typename\n      ... on DeletedRunsPayload { count }\n      ... on Error { code message }\n      ... on ValidationError { issues { path message } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription FollowRun($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunProgress { id file progress: status }\n      ... on RunClosed { id run { id status result error { code message } } }\n    }\n  }\n"): (typeof documents)["\n  subscription FollowRun($id: ID!, $after: String) {\n    runStream(id: $id, after: $after) {\n      __typename\n      ... on RunChunk { id text }\n      ... on RunProgress { id file progress: status }\n      ... on RunClosed { id run { id status result error { code message } } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ListRuns($filter: RunFilter, $first: Int) {\n    runs(filter: $filter, first: $first) { totalCount nodes { id status name tags rating } }\n  }\n"): (typeof documents)["\n  query ListRuns($filter: RunFilter, $first: Int) {\n    runs(filter: $filter, first: $first) { totalCount nodes { id status name tags rating } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query TracedViewer { viewer { __typename } }"): (typeof documents)["query TracedViewer { viewer { __typename } }"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;